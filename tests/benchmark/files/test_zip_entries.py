"""Archives whose entries are not plain files apart from each other."""

import struct
import zipfile
from pathlib import Path

import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.files.zip_entries import opened_zip, plain_entries
from brainrank.benchmark.types.errors import InvalidDataError

REMEDY = "pack it anew"


def names_of(content: bytes, folder: Path, *, most: int = 100, most_bytes: int = 10**6) -> list[str]:
    (folder / "x.zip").write_bytes(content)
    with opened_zip(folder / "x.zip", remedy=REMEDY) as archive:
        entries = plain_entries(folder / "x.zip", archive, most=most, most_bytes=most_bytes)
        return [entry.filename for entry in entries if archive.read(entry) is not None]


def with_attributes(mode: int) -> bytes:
    from io import BytesIO

    file, entry = BytesIO(), zipfile.ZipInfo("a")
    entry.external_attr = mode << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return file.getvalue()


def overlapping() -> bytes:
    """Two entries of the central directory that lead to the same bytes, as bombs of many gigabytes do."""
    content = files.zipped({"a": b"x" * 100, "b": b"y" * 100})
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 42] + struct.pack("<I", 0) + content[at + 46 :]


def changed(content: bytes, offset: int, value: int) -> bytes:
    """The field at an offset of both headers of the first entry (which lies 2 bytes later in the central one)."""
    central = content.index(b"PK\x01\x02")
    made = bytearray(content)
    made[offset : offset + 2] = made[central + offset + 2 : central + offset + 4] = struct.pack("<H", value)
    return bytes(made)


GOOD = files.zipped({"a": b"x" * 100})
ODD = {
    "a link": (with_attributes(0o120777), "is a link"),
    "a device": (with_attributes(0o020666), "is a link or a device"),
    "shared bytes": (overlapping(), "reaches into what follows|damaged"),
    "encrypted": (changed(GOOD, 6, 1), "is encrypted"),
    "packed by another method": (changed(GOOD, 8, 12), "packed by method 12"),
    "no archive": (b"nothing", "no zip archive"),
    "half an archive": (GOOD[:60], "no zip archive"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_file_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = ODD[kind]
    with pytest.raises(InvalidDataError, match=message):
        names_of(content, tmp_path)


def test_counts_and_bytes_are_bounded(tmp_path: Path) -> None:
    content = files.zipped({"a": b"x", "b": b"y" * 50})
    assert names_of(content, tmp_path, most=2, most_bytes=51) == ["a", "b"]
    with pytest.raises(InvalidDataError, match="holds 2 files, and at most 1 are read"):
        names_of(content, tmp_path, most=1)
    with pytest.raises(InvalidDataError, match="more than 50 bytes; it says 51"):
        names_of(content, tmp_path, most_bytes=50)


@settings(deadline=None, max_examples=200)
@given(at=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_changed_byte_is_read_as_written_or_refused(
    at: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(files.zipped({"a": b"x" * 100, "b/c": b"y"}))
    content[at % len(content)] = value
    try:
        names_of(bytes(content), tmp_path_factory.mktemp("zip"))
    except InvalidDataError as error:
        assert REMEDY in str(error) or "x.zip" in str(error)  # noqa: PT017
