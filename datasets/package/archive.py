"""A package as one file to pass on: the same bytes on every machine, and read without trusting it."""

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.files.zip_entries import opened_zip, plain_entries
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.file_names import clashes, inside_path
from brainrank.datasets.package.package import SUMS, Package, read_sums, sums_text

EARLIEST = (1980, 1, 1, 0, 0, 0)
LONGEST_SUMS = 64 * 2**20
BLOCK = 2**20
REMEDY = "make it with: brainrank dataset pack DIR"


class Limits(NamedTuple):
    """The most that is read out of an archive."""

    files: int = 200_000
    size_bytes: int = 50 * 2**30


DEFAULT_LIMITS = Limits()


def pack(package: Package, target: Path) -> None:
    """Write a package to a zip file: its list of sha256, then its files by name, uncompressed and without dates.

    Images do not get smaller, and compressed bytes would depend on the library that made them. Raises InvalidDataError
    when a file is not what it was when the package was read.
    """
    with written_whole(target) as written, zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(_member(SUMS), "w") as entry:
            entry.write(sums_text(package.sums).encode())
        for file in sorted(package.sums):
            # Sizes beyond 4 GiB need to be announced; announcing them always would make other bytes of small files.
            large = (package.folder / file).stat().st_size >= 2**31
            with (
                (package.folder / file).open("rb") as source,
                archive.open(_member(file), "w", force_zip64=large) as entry,
            ):
                _copy(source, entry, file, package.sums[file])


def unpack(archive: Path, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, str]:
    """Write the files of a packed package into a new folder and return their sha256.

    Only files that its list names are read, to paths inside the folder, as many bytes as announced and with the sha256
    listed. Raises InvalidDataError for anything else.
    """
    with opened_zip(archive, remedy=REMEDY) as opened:
        entries = plain_entries(archive, opened, most=limits.files, most_bytes=limits.size_bytes)
        sums = _listed_sums(opened, archive)
        for entry in entries:
            if entry.filename != SUMS:
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, target.open("xb") as written:
                    _copy(source, written, entry.filename, sums[entry.filename])
    return sums


def _listed_sums(archive: zipfile.ZipFile, path: Path) -> Mapping[str, str]:
    """The sha256 of the archive's files; its entries must be exactly these, by harmless names."""
    names = archive.namelist()
    if SUMS not in names or archive.getinfo(SUMS).file_size > LONGEST_SUMS:
        raise InvalidDataError(f"{path} has no list {SUMS}; {REMEDY}")
    name = SUMS
    try:
        sums = read_sums(archive.read(SUMS).decode())
        for name in names:
            inside_path(name)
    except ValueError as error:
        raise InvalidDataError(f"{path}: {name[:80]!r} is not plain ({error}); {REMEDY}") from error
    odd = sorted((set(names) - {SUMS}) ^ set(sums))
    if odd:
        raise InvalidDataError(f"{path}: its files are not those that {SUMS} lists, such as {odd[0]}; {REMEDY}")
    clash = next(clashes(names), None)
    if clash is not None:
        raise InvalidDataError(f"{path}: '{clash[0]}' and '{clash[1]}' cannot both be unpacked everywhere; rename one")
    return sums


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, EARLIEST)
    member.external_attr = 0o100644 << 16
    member.create_system = 3  # permissions as of Unix, wherever it is written
    return member


def copy_files(package: Package, folder: Path) -> None:
    """Copy the files of a package into a new folder. Raises InvalidDataError when one is not what it was when read."""
    for file in sorted(package.sums):
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        with (package.folder / file).open("rb") as source, target.open("xb") as written:
            _copy(source, written, file, package.sums[file])


def _copy(source: IO[bytes], target: IO[bytes], name: str, sha256: str) -> None:
    """Copy a file, and raise InvalidDataError when what was read has another sha256."""
    read = _Hashed(source)
    shutil.copyfileobj(read, target, BLOCK)
    if read.digest.hexdigest() != sha256:
        raise InvalidDataError(f"{name} is not what its sha256 says; it was damaged or changed on the way")


class _Hashed:
    """A file that keeps the sha256 of what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        return block
