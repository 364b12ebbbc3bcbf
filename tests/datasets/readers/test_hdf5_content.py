"""HDF5 of strangers: whatever leads out of the file is found at any depth, and claims are compared with the file."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.responses import read_netcdf
from brainrank.datasets.readers.hdf5_content import check_hdf5
from brainrank.datasets.readers.netcdf_classic import check_classic

SECRET = b"token-of-the-server" * 4


def external_storage(group: Any, secret: Path) -> None:
    group.create_dataset("x", (4,), "f8", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])


def virtual(group: Any, secret: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(str(secret), "x", (4,))
    group.create_virtual_dataset("x", layout)


def external_link(group: Any, secret: Path) -> None:
    group["x"] = h5py.ExternalLink(str(secret), "/x")


def twice_packed(group: Any, _secret: Path) -> None:
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk((4,))
    for _ in range(2):
        made.set_deflate(9)
    h5py.h5d.create(group.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((4,)), made)


def huge(group: Any, _secret: Path) -> None:
    group.create_dataset("x", (10**6, 10**6), "f8", chunks=(10, 10), fillvalue=1.0)


def huge_chunk(group: Any, _secret: Path) -> None:
    group.create_dataset("x", (1, 1), "f4", chunks=(20_000, 20_000), maxshape=(None, None))


FORBIDDEN: dict[str, tuple[Callable[[Any, Path], None], str]] = {
    "external storage": (external_storage, "are in other files"),
    "virtual": (virtual, "are in other files"),
    "external link": (external_link, "is a link to another file"),
    "packed twice": (twice_packed, "by one filter several times"),
    "huge": (huge, "claims arrays of more than"),
    "huge chunk": (huge_chunk, "claims arrays of more than"),
}


@settings(deadline=None, max_examples=60)
@given(path=st.lists(st.sampled_from("abc"), max_size=12), kind=st.sampled_from(sorted(FORBIDDEN)))
def test_what_is_forbidden_is_found_at_any_depth(
    path: list[str], kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("hdf5")
    (folder / "secret").write_bytes(SECRET)
    make, message = FORBIDDEN[kind]
    with h5py.File(folder / "x.nc", "w") as stored:
        stored["plain"] = np.ones(3)
        group = stored
        for name in path:
            group = group.require_group(name)
        make(group, folder / "secret")
    with pytest.raises(InvalidDataError, match=message):
        check_hdf5(folder / "x.nc")
    with pytest.raises(InvalidDataError):
        read_netcdf(folder / "x.nc")


def test_groups_in_a_circle_and_links_inside_are_walked_once(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.nc", "w") as stored:
        inner = stored.create_group("a/b")
        inner["back"] = stored["a"]
        inner["soft"] = h5py.SoftLink("/a")
        inner["x"] = np.ones((3, 2))
    check_hdf5(tmp_path / "x.nc")


def test_plain_files_pass_and_are_read(tmp_path: Path) -> None:
    for number, content in enumerate((files.responses_netcdf(), files.responses_netcdf(compression="gzip"))):
        (tmp_path / f"{number}.nc").write_bytes(content)
        check_hdf5(tmp_path / f"{number}.nc")
        assert read_netcdf(tmp_path / f"{number}.nc").values.shape == (8, 4)
    (tmp_path / "classic.nc").write_bytes(files.responses_classic())
    assert read_netcdf(tmp_path / "classic.nc").values.shape == (8, 4)


def test_words_whose_heap_has_no_end_are_refused_before_hdf5_reads_them(tmp_path: Path) -> None:
    content = files.responses_netcdf()
    at = content.index(b"GCOL") + 16
    (tmp_path / "x.nc").write_bytes(content[:at] + bytes(16) + content[at + 16 :])
    with pytest.raises(InvalidDataError, match="its words at byte .* are damaged"):
        check_hdf5(tmp_path / "x.nc")


def classic(change: Callable[[bytes], bytes], folder: Path) -> Path:
    (folder / "x.nc").write_bytes(change(files.responses_classic()))
    return folder / "x.nc"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.replace(b"\0\0\0\x08", b"\x10\0\0\0", 1), "claims"),
        (lambda content: content[:-8], "claims 128 bytes"),
        (lambda content: content[:40], "ends early"),
        (lambda content: content[:4] + b"\xff\xff\xff\xff" + content[8:], "how many records"),
        (lambda content: content[:8] + b"\0\0\0\x0c" + content[12:], "a list of the kind 12"),
        (lambda content: content[:12] + b"\x7f\xff\xff\xff" + content[16:], "claims 2,147,483,647 of something"),
        (lambda _content: b"CDF\x05" + bytes(40), "no netCDF file of the kinds"),
    ],
)
def test_a_classic_header_is_compared_with_the_file(
    change: Callable[[bytes], bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDataError, match=message):
        check_classic(classic(change, tmp_path))


def test_classic_files_of_several_kinds_pass(tmp_path: Path) -> None:
    """As SciPy, which shares no code with the check, writes them: with records, attributes, and 64-bit offsets."""
    from scipy.io import netcdf_file

    for version in (1, 2):
        file = io.BytesIO()
        stored = netcdf_file(file, "w", version=version)
        stored.history = "made"
        stored.createDimension("time", None)
        stored.createDimension("x", 3)
        for kind in ("b", "h", "i", "f", "d"):
            made = stored.createVariable(f"v{kind}", kind, ("time", "x"))
            made.units = "m"
            made[:4] = np.ones((4, 3))
        stored.createVariable("once", "f", ("x",))[:] = np.ones(3)
        stored.flush()
        (tmp_path / "x.nc").write_bytes(file.getvalue())
        stored.close()
        check_classic(tmp_path / "x.nc")
