"""One's own data: checked, packed, added and removed on one's machine; and what of it was uploaded to a service."""

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import ENOTEMPTY
from importlib.metadata import version as release
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.files.storage import writing_to, written_whole
from brainrank.benchmark.images import DECODING
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.scoring.declarations import (
    declaration_faults,
    declared_benchmark,
    declared_benchmarks,
    measured_faults,
)
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.package import added, archive
from brainrank.datasets.package.check import Checked, check_folder
from brainrank.datasets.package.description import DESCRIPTION, Declaration
from brainrank.datasets.package.faults import Fault, InvalidPackageError, count_text
from brainrank.datasets.package.package import SUMS, Package, Parts, read_package, read_parts, sums_text


class Findings(NamedTuple):
    """What is wrong with a folder as a package, and what is odd but allowed, in the order of its files.

    `groups` tells of each region whose stimuli do not all stand for themselves how many groups they make.
    """

    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    groups: Mapping[str, str]


def findings(folder: Path, reporter: Reporter) -> Findings:
    """Check a folder as a package. Raises InvalidDataError when there is no such folder."""
    parts, checked, faults = _check(folder, reporter)
    groups = {
        region: f"{count} stimuli in {count_text(checked.groups[region], 'group')}, held out and drawn together"
        for region, count in parts.stimuli.items()
        if region in checked.groups and checked.groups[region] < count
    }
    return Findings(faults, _in_order(checked.warnings()), groups)


def find_faults(folder: Path, reporter: Reporter) -> list[Fault]:
    """Everything that is wrong with a folder as a package. Raises InvalidDataError when there is no such folder."""
    return _check(folder, reporter).faults


class _Check(NamedTuple):
    parts: Parts
    checked: Checked
    faults: list[Fault]


def _check(folder: Path, reporter: Reporter) -> _Check:
    if not folder.is_dir():
        raise InvalidDataError(f"{folder} is no folder; give one with a {DESCRIPTION}")
    parts = read_parts(folder)
    checked = check_folder(folder, reporter)
    faults = [
        *checked.faults,
        *declaration_faults(parts, checked.groups),
        *measured_faults(
            parts.description.benchmarks, {region: each.assembly for region, each in checked.assemblies.items()}
        ),
    ]
    card = parts.description.card
    if card and card.name in built_in().datasets:
        text = f"name: '{card.name}' is a study of brainrank; give this one another name"
        faults.append(Fault(DESCRIPTION, text))
    return _Check(parts, checked, _in_order(faults))


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.file != DESCRIPTION, fault.file, fault.line or 0))


def checked_package(folder: Path, reporter: Reporter) -> Package:
    """Read the package of a folder. Raises InvalidPackageError with all of its faults."""
    faults = find_faults(folder, reporter)
    if faults:
        raise InvalidPackageError(folder, faults)
    return read_package(folder)


class OnFolder(NamedTuple):
    """A catalogue of one package, and what is odd but allowed about it."""

    catalogue: Catalogue
    warnings: Sequence[Fault]


def catalogue_of_folder(folder: Path, reporter: Reporter) -> OnFolder:
    """What the package of a folder declares. Errors as of `checked_package`."""
    _, checked, faults = _check(folder, reporter)
    if faults:
        raise InvalidPackageError(folder, faults)
    package = read_package(folder)
    catalogue = Catalogue({package.name: package.dataset()}, declared_benchmarks(package))
    return OnFolder(catalogue, _in_order(checked.warnings()))


def package_in_place(folder: Path, locations: Locations) -> Package:
    """The package of a folder that is used where it lies, in order as `brainrank dataset validate` has it.

    What was found in order once is not looked at again until something of it changes. Errors as of `checked_package`,
    and StorageError when nothing can be written.
    """
    package = read_package(folder)
    known = locations.datasets / "in-order" / f"{package.digest}-{DECODING}-{release('brainrank')}"
    if not known.is_file():
        package = checked_package(folder, Silent())
        with written_whole(known):
            pass
    return package


def pack(folder: Path, target: Path | None, reporter: Reporter) -> Path:
    """Write a package to one file, NAME.zip unless told, and return its path. Errors as of `checked_package`."""
    package = checked_package(folder, reporter)
    target = target or Path(f"{package.name}.zip")
    archive.pack(package, target)
    return target


def add(path: Path, locations: Locations, reporter: Reporter) -> Package:
    """Copy a folder's or zip file's package into the home, where its benchmarks are found by name.

    Raises InvalidDataError, with all faults, for one that is not in order or whose name is taken.
    """
    with _folder_of(path, locations) as folder:
        package = checked_package(folder, reporter)
        declared_benchmarks(package)
        added.add(package, locations)
    return package


@contextmanager
def _folder_of(path: Path, locations: Locations) -> Iterator[Path]:
    if path.is_file():
        with added.unpack_temporarily(path, locations) as folder:
            yield folder
    else:
        yield path


class Contents(BaseModel):
    """What a service keeps of an uploaded package beside its file: enough to name its benchmarks."""

    name: str
    version: int
    title: str
    benchmarks: tuple[Declaration, ...]

    def declared(self) -> dict[str, Benchmark]:
        """The benchmarks by name."""
        made = (
            declared_benchmark(each, package=self.name, version=self.version, title=self.title)
            for each in self.benchmarks
        )
        return {benchmark.name: benchmark for benchmark in made}


def contents_of(package: Package) -> Contents:
    """What a package in order declares."""
    return Contents(name=package.name, version=package.version, title=package.card.title, benchmarks=package.benchmarks)


def uploaded_package(file: RemoteFile, locations: Locations, reporter: Reporter) -> Package:
    """The package of an uploaded file, which was found good then; unpacked once on each machine that works on it.

    All of it is read at each call, and it is unpacked anew where it is not what was packed. Raises DataUnavailableError
    when the file is not where uploads are kept, and StorageError when nothing can be written.
    """
    folder = locations.datasets / f"upload-{file.sha256}"
    found = _as_unpacked(folder)
    if found is None:
        reporter.message(f"Unpacking {file.name} {file.sha256[:12]}")
        _unpack(file, folder, locations, reporter)
        found = _as_unpacked(folder)
    if found is None:
        raise DataUnavailableError(f"{folder} is not what was unpacked to it a moment ago; look after its disk")
    return found


def _as_unpacked(folder: Path) -> Package | None:
    """The package of a folder whose files are those of its list; None where there is none, or one was changed."""
    try:
        listed = (folder / SUMS).read_text(encoding="utf-8")
        package = read_package(folder)
    except (FileNotFoundError, UnicodeDecodeError, InvalidDataError):
        return None
    return package if sums_text(package.sums) == listed else None


def _unpack(file: RemoteFile, folder: Path, locations: Locations, reporter: Reporter) -> None:
    """Put what an archive holds, and its list, in the place of what the folder has, if it has anything."""
    archived = fetch(file, locations, reporter=reporter)
    partial = locations.datasets / f"partial-{secrets.token_hex(4)}"
    with writing_to(partial):
        try:
            sums = archive.unpack(archived, partial)
            (partial / SUMS).write_text(sums_text(sums), encoding="utf-8", newline="\n")
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
        except FileExistsError:
            pass  # another process was first
        except OSError as error:
            if error.errno != ENOTEMPTY:  # so it was, as Linux says it
                raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
