"""Packing and unpacking: the same bytes each time, and nothing an archive says is believed."""

import os
import warnings
import zipfile
from pathlib import Path

import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.archive import Limits, pack, unpack
from brainrank.datasets.package.package import SUMS, read_package


@pytest.fixture
def packed(folder: Path, tmp_path: Path) -> Path:
    pack(read_package(folder), tmp_path / "mine.zip")
    return tmp_path / "mine.zip"


def test_what_is_packed_is_unpacked_and_packed_to_the_same_bytes(folder: Path, packed: Path, tmp_path: Path) -> None:
    sums = unpack(packed, tmp_path / "copy")
    assert sums == read_package(folder).sums
    copy = read_package(tmp_path / "copy")
    assert copy.digest == read_package(folder).digest
    for file in (tmp_path / "copy").rglob("*.*"):
        os.utime(file, (0, 0))
        file.chmod(0o600)
    pack(copy, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()
    assert zipfile.ZipFile(packed).testzip() is None


def rewritten(packed: Path, *, drop: str = "", add: dict[str, bytes] | None = None) -> Path:
    """The archive without one entry and with others."""
    target = packed.with_name("rewritten.zip")
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(target, "w") as new, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that occur twice
        for name in old.namelist():
            if name != drop:
                new.writestr(name, old.read(name))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("drop", "add", "message"),
    [
        ("", {"../outside.txt": b"x"}, "not plain"),
        ("", {"/outside.txt": b"x"}, "not plain"),
        ("", {"C:\\outside.txt": b"x"}, "not plain"),
        ("", {"images/": b""}, "not plain"),
        ("", {"extra.txt": b"x"}, "such as extra.txt"),
        ("", {"trials.csv": b"x"}, "'trials.csv' twice"),
        ("trials.csv", {}, "such as trials.csv"),
        ("trials.csv", {"trials.csv": b"x"}, "trials.csv is not what its sha256 says"),
        (SUMS, {}, "has no list SHA256SUMS"),
        (SUMS, {SUMS: b"x"}, "SHA256SUMS is not as"),
        (SUMS, {SUMS: b"\xff"}, "not plain"),
    ],
)
def test_an_archive_that_is_not_as_packed_is_refused(
    packed: Path, tmp_path: Path, drop: str, add: dict[str, bytes], message: str
) -> None:
    with pytest.raises(InvalidDataError, match=message):
        unpack(rewritten(packed, drop=drop, add=add), tmp_path / "inner/copy")
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_list_that_names_a_path_outside_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        listed = archive.read(SUMS).decode()
    line = f"{'0' * 64}  ../outside.txt\n"
    content = {SUMS: (line + listed).encode(), "../outside.txt": b"x"}
    with pytest.raises(InvalidDataError, match="not plain"):
        unpack(rewritten(packed, drop=SUMS, add=content), tmp_path / "copy")


def test_a_list_that_names_itself_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        lines = [*archive.read(SUMS).decode().splitlines(keepends=True), f"{'0' * 64}  {SUMS}\n"]
    listed = "".join(sorted(lines, key=lambda line: line.partition("  ")[2]))
    with pytest.raises(InvalidDataError, match=f"not those that {SUMS} lists, such as {SUMS}"):
        unpack(rewritten(packed, drop=SUMS, add={SUMS: listed.encode()}), tmp_path / "copy")


def test_too_much_is_refused_before_anything_is_written(packed: Path, tmp_path: Path) -> None:
    for limits, message in (
        (Limits(files=3), "at most 3 are read"),
        (Limits(size_bytes=1000), "more than 1,000 bytes"),
    ):
        with pytest.raises(InvalidDataError, match=message):
            unpack(packed, tmp_path / "copy", limits)
    assert not (tmp_path / "copy").exists()


def test_no_archive_and_half_an_archive_are_told(packed: Path, tmp_path: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:2000])
    for path, message in ((packed, "damaged or no zip archive"), (tmp_path / "nothing.zip", "does not exist")):
        with pytest.raises(InvalidDataError, match=message):
            unpack(path, tmp_path / "copy")


def test_a_file_that_changes_while_it_is_packed_leaves_no_archive(folder: Path, tmp_path: Path) -> None:
    package = read_package(folder)
    (folder / "trials.csv").write_text("changed")
    with pytest.raises(InvalidDataError, match="trials.csv is not what its sha256 says"):
        pack(package, tmp_path / "out/mine.zip")
    assert list((tmp_path / "out").iterdir()) == []
