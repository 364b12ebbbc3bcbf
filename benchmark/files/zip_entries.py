"""Zip archives of strangers: what an archive says of its entries, compared with the file before it is unpacked."""

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path
from stat import S_IFMT, S_ISDIR, S_ISREG

from brainrank.benchmark.types.errors import InvalidDataError, first_line

PLAIN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 1
FIXED_HEADER = 30
"""Bytes before an entry's name; its content cannot begin sooner after it."""
ALWAYS_BYTES, MOST_TIMES = 64 * 2**20, 200
"""What any file may unpack to, and how many times its size: sparse features shrink 20 times, zeros 1,000 times."""
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error, OSError,
    IndexError, OverflowError,
)  # fmt: skip
"""What zipfile raises for damaged archives, besides telling that they are."""


def most_bytes_unpacked(size_bytes: int) -> int:
    """How many bytes a file of that size may unpack to, whatever its format."""
    return max(ALWAYS_BYTES, MOST_TIMES * size_bytes)


@contextmanager
def opened_zip(path: Path, *, remedy: str) -> Iterator[zipfile.ZipFile]:
    """The open archive. Raises InvalidDataError, with the remedy, where it is not there, or its content is damaged.

    So it does for what is read of it inside the block; other faults of the disk are let through.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InvalidDataError(f"{path} does not exist; {remedy}") from error
    with file:
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno not in {None, EINVAL}:
                raise
            raise InvalidDataError(f"{path} is damaged or no zip archive ({first_line(error)}); {remedy}") from error


def plain_entries(path: Path, archive: zipfile.ZipFile, *, most: int, most_bytes: int) -> Sequence[zipfile.ZipInfo]:
    """The entries of an archive, which are plain files of different names that do not share bytes.

    Raises InvalidDataError for more than `most`, for ones that unpack to more than `most_bytes` together or than
    `most_bytes_unpacked` of the archive's size, and for encrypted or overlapping ones, links, and other packings.
    """
    entries, size = archive.infolist(), path.stat().st_size
    total, limit = sum(entry.file_size for entry in entries), min(most_bytes, most_bytes_unpacked(size))
    if len(entries) > most:
        raise InvalidDataError(f"{path} holds {len(entries):,} files, and at most {most:,} are read; pack fewer")
    if total > limit:
        why = "" if limit == most_bytes else f" ({MOST_TIMES} times its own size, or {ALWAYS_BYTES:,} bytes)"
        raise InvalidDataError(
            f"{path} unpacks to more than {limit:,} bytes{why}; it says {total:,}. Leave out what is not needed"
        )
    for entry in entries:
        fault = _fault(entry)
        if fault:
            raise InvalidDataError(f"{path}: '{_entry_text(entry)}' {fault}")
    _check_apart(path, entries, size)
    return entries


def _fault(entry: zipfile.ZipInfo) -> str:
    """What makes an entry no plain file; empty for one that is."""
    mode = entry.external_attr >> 16
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted; pack it without a password"
    if entry.compress_type not in PLAIN:
        return f"is packed by method {entry.compress_type}; store or deflate it, as zip and numpy do"
    if S_IFMT(mode) and not (S_ISREG(mode) or S_ISDIR(mode)):
        return "is a link or a device; pack the file itself"
    return ""


def _check_apart(path: Path, entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Raise InvalidDataError where two entries have one name or share bytes, which makes a bomb of a small archive."""
    names = [entry.filename for entry in entries]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise InvalidDataError(f"{path} holds '{twice[:80]}' twice; each file has a name of its own")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in ordered), size][1:]
    for entry, behind in zip(ordered, ends, strict=True):
        end = entry.header_offset + FIXED_HEADER + len(entry.orig_filename.encode()) + entry.compress_size
        if entry.header_offset < 0 or end > behind:
            raise InvalidDataError(
                f"{path}: '{_entry_text(entry)}' reaches into what follows it; pack the archive anew"
            )


def _entry_text(entry: zipfile.ZipInfo) -> str:
    return entry.filename[:80]
