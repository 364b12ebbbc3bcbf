"""Packages that were added on this machine: copied whole into the home, or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.datasets.package.archive import copy_files, unpack
from brainrank.datasets.package.description import DESCRIPTION
from brainrank.datasets.package.package import SUMS, Package, read_package, read_sums, sums_text

PARTIAL = ".adding-"


def added_packages(locations: Locations) -> dict[str, Package]:
    """The packages added, by name. Raises InvalidDataError, with what to do, for one that was broken since."""
    found = sorted(path.parent for path in locations.packages.glob(f"*/{DESCRIPTION}"))
    return {folder.name: _read_added(folder) for folder in found if not folder.name.startswith(PARTIAL)}


def _read_added(folder: Path) -> Package:
    try:
        package = read_package(folder, read_sums((folder / SUMS).read_text(encoding="utf-8")))
        if package.name != folder.name:
            raise InvalidDataError(f"its {DESCRIPTION} calls it {package.name}")
        return package
    except (OSError, UnicodeDecodeError, InvalidDataError) as error:
        raise InvalidDataError(
            f"The package {folder.name} was broken since it was added ({error}); remove it, and add it anew if you "
            f"have it: brainrank dataset remove {folder.name}"
        ) from error


@contextmanager
def unpack_temporarily(archive: Path, locations: Locations) -> Iterator[Path]:
    """A folder with what a packed package holds, in the home and gone afterwards."""
    with _temporary(locations) as folder:
        unpack(archive, folder)
        yield folder


def add(package: Package, locations: Locations) -> Path:
    """Copy a package into the home, where it is found by its name; return its folder.

    The same content once more is the same as once. Raises InvalidDataError when another package has its name, and
    StorageError when it cannot be written.
    """
    target = locations.packages / package.name
    if target.exists():
        if _read_added(target).digest == package.digest:
            return target
        raise InvalidDataError(
            f"A package '{package.name}' with other content is there already; remove it with: brainrank dataset remove "
            f"{package.name}, or give this one another name"
        )
    with _temporary(locations) as folder:
        copy_files(package, folder)
        (folder / SUMS).write_text(sums_text(package.sums), encoding="utf-8", newline="\n")
        folder.rename(target)
    return target


def remove(name: str, locations: Locations) -> Path:
    """Remove an added package; scores of it stay stored. Raises UnknownNameError when there is none of that name."""
    known = [path.name for path in locations.packages.glob("*") if not path.name.startswith(PARTIAL)]
    if name not in known:
        raise UnknownNameError("package", name, known)
    with writing_to(locations.packages):
        # Renamed first: a removal that is killed half way leaves no half package behind under its name.
        leaving = locations.packages / f"{PARTIAL}{secrets.token_hex(4)}"
        (locations.packages / name).rename(leaving)
        shutil.rmtree(leaving)
    return locations.packages / name


@contextmanager
def _temporary(locations: Locations) -> Iterator[Path]:
    """A new folder beside the packages, removed afterwards unless it was given a name of its own."""
    folder = locations.packages / f"{PARTIAL}{secrets.token_hex(4)}"
    with writing_to(locations.packages):
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
