"""Package: a folder of one's own data as a data set, known by the content of its files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.images import read_image
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset, TrainingImages
from brainrank.datasets.groups import join_groups
from brainrank.datasets.package.copies import all_the_same, equal_rows, equal_text, one_group, pixels_of
from brainrank.datasets.package.description import (
    DESCRIPTION,
    STIMULI,
    Card,
    Declaration,
    Description,
    RegionFiles,
    read_description,
)
from brainrank.datasets.package.faults import Fault, InvalidPackageError, count_text
from brainrank.datasets.package.file_names import clashes
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.stimulus_table import Row, StimulusTable, count_groups, read_table

SUMS = "SHA256SUMS"
"""The list of a package's files with their sha256, as `sha256sum -c` reads it; it is not one of them."""


@dataclass(frozen=True)
class Package:
    """A package whose description and tables are in order; `sums` has the sha256 of each of its files.

    What was measured, and the images, are checked against `sums` whenever they are loaded.
    """

    folder: Path
    card: Card
    regions: Mapping[str, RegionFiles]
    benchmarks: tuple[Declaration, ...]
    tables: Mapping[str, StimulusTable]
    sums: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name by which it is used."""
        return self.card.name

    @cached_property
    def digest(self) -> str:
        """The sha256 of the list of its files: of all that is in it, and of nothing else."""
        return hashlib.sha256(sums_text(self.sums).encode()).hexdigest()

    @property
    def version(self) -> int:
        """The version of its benchmarks: other content has another, so that scores of it are never compared."""
        return int(self.digest[:7], 16)

    @property
    def parts(self) -> "Parts":
        """What it was read from."""
        return Parts(Description(self.card, tuple(self.regions.values()), self.benchmarks), self.tables, ())

    def dataset(self) -> Dataset:
        """The package as a data set; loading raises InvalidDataError for files that are faulty or were changed."""
        return Dataset(
            card=DatasetCard(
                name=self.name,
                title=self.card.title,
                citation=self.card.citation,
                licence=self.card.licence,
                access=self.card.access,
                files=(),
            ),
            regions={region: files.measure for region, files in self.regions.items()},
            stimuli=self._stimuli,
            assembly=self._assembly,
            training=self._training,
            version=self.version,
            grouped_by={
                region: f"the column group of {self.regions[region].stimuli}: {count_text(count, 'group')}"
                for region, count in self.parts.groups.items()
                if count < len(self._table(region).test)
            },
            preprocessing={
                region: files.preprocessing_text for region, files in self.regions.items() if files.preprocessing
            },
        )

    def _table(self, region: str) -> StimulusTable:
        return self.tables[self.regions[region].stimuli]

    def _stimuli(self, region: str, _locations: Locations, _reporter: Reporter) -> StimulusSet:
        return self._stimulus_set(self._table(region).test, f"{self.name}-{region}")

    def _assembly(self, region: str, locations: Locations, reporter: Reporter) -> Assembly:
        files = self.regions[region]
        for file in files.files:
            self._checked(file)
        group_of = self._groups(region, locations, reporter)
        assembly, faults = read_measured(self.folder, files, self._table(region), group_of)
        if assembly is None:
            raise InvalidPackageError(self.folder, faults)
        return assembly

    def _groups(self, region: str, locations: Locations, reporter: Reporter) -> dict[str, str]:
        """The groups of a region's images: those of the table, made one where images of theirs have the same pixels.

        Raises InvalidDataError when an image cannot be read, or all that were shown are the same.
        """
        table = self._table(region)
        sums = {row.file: self.sums[row.file] for row in table.rows}
        known = pixels_of(sums, self._image, locations.datasets / "pixels", reporter)
        pixels = [known[row.file] for row in table.rows]
        fault = all_the_same(table, pixels)
        if fault:
            raise InvalidPackageError(self.folder, [fault])
        equal = equal_rows(table, pixels)
        apart = [rows for rows in equal if not one_group(rows)]
        if apart:
            reporter.message(f"{self.name}, {region}: {equal_text(apart)}")
        return join_groups(table.group_of, [[row.stimulus_id for row in rows] for rows in equal])

    def _training(self, region: str, locations: Locations, _reporter: Reporter) -> TrainingImages | None:
        table = self._table(region)
        if not table.training:
            return None
        return TrainingImages(
            stimuli=self._stimulus_set(table.training, f"{self.name}-{region}-training"),
            categories=tuple(row.category for row in table.training),
            group_of=self._groups(region, locations, Silent()),
        )

    def _stimulus_set(self, rows: tuple[Row, ...], name: str) -> StimulusSet:
        stimuli = tuple(
            Stimulus(row.stimulus_id, self.folder / row.file, self._checked(row.file), row.labels) for row in rows
        )
        return StimulusSet(name=name, stimuli=stimuli, visual_degrees=self.card.visual_degrees)

    def _image(self, file: str) -> Image.Image:
        self._checked(file)
        return read_image(self.folder / file)

    def _checked(self, file: str) -> str:
        """The sha256 of a file, which must be the one it had when the package was read or added."""
        path = self.folder / file
        if not path.is_file() or sha256_of(path) != self.sums[file]:
            raise InvalidDataError(
                f"{path} is not what it was when {self.name} was read or added; run the command again, or remove the "
                f"package and add it anew: brainrank dataset remove {self.name}"
            )
        return self.sums[file]


class Parts(NamedTuple):
    """What of a folder can be read as a package, and the faults found on the way."""

    description: Description
    tables: Mapping[str, StimulusTable]
    faults: tuple[Fault, ...]

    @property
    def stimuli(self) -> dict[str, int]:
        """How many stimuli each region showed, as far as its table could be read."""
        shown = {region.name: len(self.tables[region.stimuli].test) for region in self.description.regions}
        return {name: count for name, count in shown.items() if count}

    @property
    def groups(self) -> dict[str, int]:
        """How many groups each region's stimuli make by its table, as far as that could be read."""
        tables = {region.name: self.tables[region.stimuli] for region in self.description.regions}
        return {name: count_groups(table, table.group_of) for name, table in tables.items() if table.test}

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the package, sorted."""
        named = [file for region in self.description.regions for file in region.files]
        images = [row.file for table in self.tables.values() for row in table.rows]
        return tuple(sorted({DESCRIPTION, *named, *images}))


def read_parts(folder: Path) -> Parts:
    """Read the description and the tables of stimuli. Nothing is raised for their content."""
    description, faults = read_description(folder)
    wanted = dict.fromkeys(region.stimuli for region in description.regions)
    if not wanted and (folder / STIMULI).is_file():
        wanted = {STIMULI: None}  # no region is in order, but the table can be checked all the same
    tables = {file: read_table(folder, file) for file in wanted}
    found = [fault for each in tables.values() for fault in each.faults]
    parts = Parts(description, {file: each.table for file, each in tables.items()}, (*faults, *found))
    clashing = [
        Fault(second, f"cannot be unpacked beside '{first}' on every system; rename one of them")
        for first, second in clashes(parts.files)
    ]
    return parts._replace(faults=(*parts.faults, *clashing))


def read_package(folder: Path, sums: Mapping[str, str] | None = None) -> Package:
    """Read the package in a folder; `sums` are known of one that was added, and else made from the files.

    Raises InvalidPackageError with all faults of its description and tables, and of files that are not there.
    """
    parts = read_parts(folder)
    absent = [file for region in parts.description.regions for file in region.files if not (folder / file).is_file()]
    known = {fault.file for fault in parts.faults}
    faults = [*parts.faults, *(Fault(file, "missing") for file in dict.fromkeys(absent) if file not in known)]
    card, regions, benchmarks = parts.description
    if faults or card is None:
        raise InvalidPackageError(folder, faults)
    return Package(
        folder=folder,
        card=card,
        regions={region.name: region for region in regions},
        benchmarks=benchmarks,
        tables=parts.tables,
        sums=sums or {file: sha256_of(folder / file) for file in parts.files},
    )


def sums_text(sums: Mapping[str, str]) -> str:
    """A line of sha256 and path for each file, sorted by path."""
    return "".join(f"{sums[file]}  {file}\n" for file in sorted(sums))


def read_sums(text: str) -> dict[str, str]:
    """The files and sha256 of such a text. Raises InvalidDataError for anything else."""
    pairs = [line.partition("  ") for line in text.splitlines()]
    sums = {file: sha256 for sha256, _, file in pairs}
    if sums_text(sums) != text or not all(len(sha256) == 64 for sha256 in sums.values()):
        raise InvalidDataError(f"{SUMS} is not as brainrank dataset pack writes it")
    return sums
