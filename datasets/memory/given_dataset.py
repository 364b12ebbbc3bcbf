"""Data in memory as a data set: images, what was measured on them, and all that is wrong with either."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly, measure_of
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.memory.given_arrays import (
    given_positions,
    group_of,
    labelled,
    names_of_targets,
    on_given_mesh,
    subject_rdms,
)
from brainrank.datasets.memory.given_images import ids_of, shown_images
from brainrank.datasets.memory.given_trials import given_triplets, trial_table
from brainrank.datasets.memory.held import Holder, hold_images
from brainrank.datasets.package.check import Looked, image_warnings, look_at
from brainrank.datasets.package.description import RegionFiles
from brainrank.datasets.package.faults import Fault, count_text
from brainrank.datasets.package.measurements import (
    Measured,
    rdms_on,
    responses_on,
    trials_on,
    triplets_on,
    with_groups,
)
from brainrank.datasets.package.remarks import constant_targets
from brainrank.datasets.package.responses import on_stimuli
from brainrank.datasets.package.stimulus_table import StimulusTable, count_groups


@dataclass(frozen=True, eq=False)
class Given:
    """What was measured, by region, and what is to be known of it. `pooled` RDMs are of all subjects together."""

    responses: Mapping[str, Any]
    rdms: Mapping[str, Any]
    trials: Mapping[str, Any]
    triplets: Mapping[str, Any]
    axes: Sequence[str] | None = None
    targets: Any = None
    groups: Any = None
    columns: Mapping[str, str] | None = None
    pooled: bool = False
    times_ms: Sequence[float] | None = None
    mask: Any = None
    affine: Any = None
    mesh: Any = None
    space: str | None = None
    visual_degrees: float | None = None


class InMemory(NamedTuple):
    """Images with what was measured, by region; `files` are the regions as a package would describe them.

    `holder` keeps the files of pictures in memory (`held`).
    """

    stimuli: StimulusSet
    table: StimulusTable
    looked: Looked
    files: tuple[RegionFiles, ...]
    assemblies: Mapping[str, Assembly]
    faults: tuple[Fault, ...]
    holder: Holder | None = None

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What is odd but allowed; every image is compared with every other for it."""
        constant = (
            fault for region, assembly in self.assemblies.items() for fault in constant_targets(region, assembly)
        )
        return (*image_warnings(self.looked), *constant)

    @property
    def groups(self) -> int:
        """How many groups the images make."""
        return count_groups(self.table, self.looked.group_of)

    @property
    def digest(self) -> str:
        """The sha256 of the images and of everything measured on them."""
        content = hashlib.sha256(self.stimuli.digest.encode())
        for name, assembly in self.assemblies.items():
            content.update(json.dumps([name, type(assembly).__name__]).encode())
            for field in fields(assembly):
                _add(content, getattr(assembly, field.name))
        return content.hexdigest()

    @property
    def version(self) -> int:
        """The version of its benchmarks, as a package's: other content has another."""
        return int(self.digest[:7], 16)

    def dataset(self, name: str, title: str) -> Dataset:
        """The data set, loaded already."""
        grouped = {} if self.groups == len(self.table.rows) else dict.fromkeys(self.assemblies, self._grouped)
        return Dataset(
            card=DatasetCard(name, title, "unpublished", "not to be passed on", "private", ()),
            regions={region: measure_of(each) for region, each in self.assemblies.items()},
            stimuli=self._stimuli,
            assembly=self._assembly,
            grouped_by=grouped,
            version=self.version,
        )

    @property
    def _grouped(self) -> str:
        return f"groups and images with the same pixels: {count_text(self.groups, 'group')}"

    def _stimuli(self, _region: str, _locations: Locations, _reporter: Reporter) -> StimulusSet:
        return self.stimuli

    def _assembly(self, region: str, _locations: Locations, _reporter: Reporter) -> Assembly:
        return self.assemblies[region]


def in_memory(images: Any, given: Given, *, name: str, reporter: Reporter) -> InMemory:
    """Read images and measurements. Faults of their content are returned, as those of a package.

    Raises InvalidDataError for what cannot be read at all: images that are not there, axes that are not told, groups
    that are not those of the images.
    """
    files, holder = hold_images(images, name=name, reporter=reporter)
    groups = group_of(given.groups, ids_of(files))
    stimuli, table = shown_images(
        files, name=name, visual_degrees=given.visual_degrees, groups=groups, reporter=reporter
    )
    path_of = {each.stimulus_id: each.path for each in stimuli.stimuli}
    looked = look_at(table, lambda row: path_of[row.stimulus_id], reporter)
    regions, assemblies, faults = list[RegionFiles](), dict[str, Assembly](), [*looked.faults]
    for region, measured in _measurements(given, table):
        assembly, found = with_groups(measured, table, looked.group_of)
        regions.append(region)
        faults += found
        if assembly is not None:
            assemblies[region.name] = assembly
    return InMemory(stimuli, table, looked, tuple(regions), assemblies, tuple(faults), holder)


def _measurements(given: Given, table: StimulusTable) -> Iterator[tuple[RegionFiles, Measured]]:
    for name, values in given.responses.items():
        what = _what("responses", name, given.responses)
        timed = None if given.times_ms is None else list(given.times_ms)
        files = RegionFiles(name=name, responses="responses", times_ms=timed)
        yield files, _responses(values, given, table, name, what)
    for name, values in given.rdms.items():
        what = _what("rdms", name, given.rdms)
        rdms = subject_rdms(values, what=what, times_ms=given.times_ms)
        found = rdms_on(rdms, name, table, file=what, pooled=given.pooled)
        times = None if rdms.times_ms is None else list(rdms.times_ms)
        yield RegionFiles(name=name, rdms="rdms", pooled=given.pooled, times_ms=times), found
    for name, values in given.trials.items():
        columns = trial_table(values, given.columns, what=_what("trials", name, given.trials))
        yield RegionFiles(name=name, trials="trials"), trials_on(columns, table)
    for name, values in given.triplets.items():
        what = _what("triplets", name, given.triplets)
        found_triplets = given_triplets(values, what=what)
        yield RegionFiles(name=name, triplets="triplets"), triplets_on(found_triplets, name, table, file=what)


def _what(measure: str, name: str, several: Mapping[str, Any]) -> str:
    return f"{measure} of {name}" if len(several) > 1 else measure


def _responses(values: Any, given: Given, table: StimulusTable, region: str, what: str) -> Measured:
    times = None if given.times_ms is None else len(given.times_ms)
    masked = given_positions(given.mask, given.affine, given.space or f"{region}-native")
    positions = on_given_mesh(masked, given.mesh)
    found = labelled(values, stimuli=len(table.rows), axes=given.axes, times=times, what=what, mask=positions)
    targets = names_of_targets(given.targets, found, what=what)
    read = on_stimuli(found, table.rows, targets, file=what, times_ms=given.times_ms)
    return responses_on(read, region, table, positions=positions)


def _add(content: "hashlib._Hash", value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype.kind not in "OUS":
        content.update(f"{value.dtype.str}{value.shape}".encode())
        content.update(value.tobytes())
        return
    if isinstance(value, TargetPositions):
        _add(content, repr(value.space))
        _add(content, value.positions)
        if value.mesh is not None:
            _add(content, value.mesh.points)
            _add(content, value.mesh.faces)
        return
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    plain = sorted(plain) if isinstance(plain, frozenset) else plain
    content.update(json.dumps(plain, sort_keys=True, default=str).encode())


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise InvalidDataError with all faults, if there are any."""
    if faults:
        lines = [f"These data have {count_text(len(faults), 'fault')}:", *(f"  {fault}" for fault in faults)]
        raise InvalidDataError("\n".join(lines))
