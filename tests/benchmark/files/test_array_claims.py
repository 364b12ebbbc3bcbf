"""What NumPy files claim is compared with what they hold: no header makes room for more than the file."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.files.array_claims import Claim, check_npy, check_npz
from brainrank.benchmark.files.zip_entries import ALWAYS_BYTES
from brainrank.benchmark.types.errors import InvalidDataError

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
KINDS = st.sampled_from(["<f8", ">f4", "<i2", "|u1", "<U3", "|S5", "<c16"])


def written(content: bytes, folder: Path, name: str = "x.npy") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@settings(deadline=None)
@given(shape=SHAPES, kind=KINDS, surplus=st.integers(-3, 3))
def test_a_claim_is_taken_where_it_is_what_follows(
    shape: tuple[int, ...], kind: str, surplus: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = files.npy(np.zeros(shape, kind))
    content = content[:surplus] if surplus < 0 else content + b"\0" * surplus
    path = written(content, tmp_path_factory.mktemp("npy"))
    if surplus == 0:
        assert check_npy(path)[1:] == (shape, np.dtype(kind))
        return
    with pytest.raises(InvalidDataError, match=r"claims [\d,]+ bytes .* holds|is no array"):
        check_npy(path)


CLAIMS = {
    "92 GiB in 192 bytes": ("(12345678901,)", "<f8", "claims 98,765,431,208 bytes"),
    "beyond 64 bits": ("(" + "9" * 40 + ",)", "<f8", "claims"),
    "as many digits as Python refuses": ("(" + "9" * 5000 + ",)", "<f8", "is no array"),
    "no dimension below 0": ("(-1, 3)", "<f8", "holds nothing"),
    "a dimension of 0 beside a huge one": ("(10000000000000, 0)", "<f8", "holds nothing"),
    "words of no letters": ("(10000000000000,)", "<U0", "holds nothing"),
    "objects": ("(1,)", "|O", "Python objects"),
    "objects in a record": ("(1,)", "'), ('a', '|O", "no array|objects"),
    "a single number": ("()", "<f8", "single number"),
    "parentheses without end": ("(" * 9_000, "<f8", "is no array"),
    "no numbers": ("('a',)", "<f8", "is no array"),
    "a kind that is not": ("(1,)", "<q9", "is no array"),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_header_that_cannot_be_is_refused_alone_and_in_an_archive(kind: str, tmp_path: Path) -> None:
    shape, descr, message = CLAIMS[kind]
    content = files.npy_claiming(shape, descr=descr, data=bytes(64))
    with pytest.raises(InvalidDataError, match=message):
        check_npy(written(content, tmp_path))
    packed = written(files.zipped({"late.npy": content}), tmp_path, "x.npz")
    with pytest.raises(InvalidDataError, match=message):
        check_npz(packed)


def test_an_archive_of_zeros_is_refused_by_what_it_unpacks_to(tmp_path: Path) -> None:
    zeros = files.npy(np.zeros(ALWAYS_BYTES // 8 + 10_000))
    path = written(files.zipped({"late.npy": zeros}), tmp_path, "x.npz")
    assert path.stat().st_size < ALWAYS_BYTES / 500
    with pytest.raises(InvalidDataError, match=r"unpacks to more than 67,108,864 bytes \(200 times its own size"):
        check_npz(path)
    with pytest.raises(InvalidDataError, match="unpacks to more than 1,000 bytes;"):
        check_npz(path, most_bytes=1_000)


def archive_of(names: list[str]) -> bytes:
    return files.zipped(dict.fromkeys(names, files.npy(np.ones(3))), method=zipfile.ZIP_STORED)


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201])
def test_names_that_nobody_could_write_are_refused(name: str, tmp_path: Path) -> None:
    content = archive_of(["y" * len(name) + ".npy"]).replace(b"y" * len(name) + b".npy", name.encode() + b".npy")
    with pytest.raises(InvalidDataError, match="characters that print|no array|damaged"):
        check_npz(written(content, tmp_path, "x.npz"))


def test_arrays_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = check_npz(written(files.npz(b=np.ones((2, 3)), a=np.ones(4, "i2")), tmp_path, "x.npz"), whole=True)
    assert found == [Claim("b", (2, 3), np.dtype("f8")), Claim("a", (4,), np.dtype("i2"))]


def test_a_changed_byte_is_found_where_all_is_read(tmp_path: Path) -> None:
    content = bytearray(archive_of(["late.npy"]))
    content[140] ^= 1
    path = written(bytes(content), tmp_path, "x.npz")
    with pytest.raises(InvalidDataError, match="damaged"):
        check_npz(path, whole=True)
