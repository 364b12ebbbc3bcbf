"""What a region of a package measured, as an assembly on its stimuli, or all that is wrong with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.condensed import pairs_among
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.timed_assemblies import TimedRdms, TimedResponses
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.groups import grouped
from brainrank.datasets.package.description import RegionFiles
from brainrank.datasets.package.faults import Fault, count_text, first_few, of_file
from brainrank.datasets.package.matching import Labels, ids_of_names, match
from brainrank.datasets.package.responses import ReadResponses, read_responses
from brainrank.datasets.package.stimulus_table import StimulusTable
from brainrank.datasets.readers.masks import read_mask
from brainrank.datasets.readers.meshes import read_mesh
from brainrank.datasets.readers.rdms import SubjectRdms, read_rdms
from brainrank.datasets.readers.tables import check_table
from brainrank.datasets.readers.trial_columns import read_columns
from brainrank.datasets.readers.trials import assembly_of_trials, stimulus_id_of
from brainrank.datasets.readers.triplets import ReadTriplets, read_triplets

if TYPE_CHECKING:
    import pandas as pd

FOLDS_OF_READOUT = 5


class Measured(NamedTuple):
    """An assembly, None where it could not be read, and what is wrong with it."""

    assembly: Assembly | None
    faults: tuple[Fault, ...]


def read_measured(folder: Path, region: RegionFiles, table: StimulusTable, group_of: Mapping[str, str]) -> Measured:
    """Read what a region measured on the stimuli of its table, which are grouped so. Nothing is raised for its content.

    Faults of the groups, where a readout needs more of them, are told with those of the measurements.
    """
    return with_groups(_READERS[region.key](folder, region, table), table, group_of)


def with_groups(measured: Measured, table: StimulusTable, group_of: Mapping[str, str]) -> Measured:
    """What was measured with the groups of its stimuli, and what they fault."""
    assembly, faults = measured
    if isinstance(assembly, BehaviouralAssembly):
        faults = (*faults, *_readout_faults(assembly, table, group_of))
    if faults or assembly is None:
        return Measured(None, faults)
    return Measured(grouped(assembly, group_of), ())


def _responses(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    found = read_responses(folder, region, table.test)
    if region.mask is None:
        return responses_on(found, region.name, table)
    file = region.mask
    try:
        positions = read_mask(folder / file, region.space or f"{folder.name}-{region.name}")
        if region.mesh is not None:
            file = region.mesh
            positions = read_mesh(folder / file, positions)
    except InvalidDataError as error:
        return Measured(None, (*found.faults, of_file(file, folder, error)))
    return responses_on(found, region.name, table, positions=positions, mask=region.mask)


def responses_on(
    found: ReadResponses,
    region: str,
    table: StimulusTable,
    *,
    positions: TargetPositions | None = None,
    mask: str = "mask",
) -> Measured:
    """Responses that were read, as what a region measured on the stimuli of a table; faults are told of `mask`."""
    if found.faults:
        return Measured(None, found.faults)
    if positions is not None and len(positions.positions) != len(found.targets):
        marked, targets = len(positions.positions), count_text(len(found.targets), "target")
        return Measured(
            None, (Fault(mask, f"marks {marked} positions, and responses are of {targets}; give one for each"),)
        )
    ids = tuple(row.stimulus_id for row in table.test)
    if found.times_ms is not None:
        timed = TimedResponses(region, ids, found.targets, np.array(found.times_ms), found.responses)
        return Measured(timed, ())
    return Measured(ResponseAssembly(region, ids, found.targets, found.responses, positions=positions), ())


def _rdms(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    file = str(region.rdms)
    try:
        found = read_rdms(folder / file, region.times_ms)
    except InvalidDataError as error:
        return Measured(None, (of_file(file, folder, error),))
    return rdms_on(found, region.name, table, file=file, pooled=region.pooled)


def rdms_on(found: SubjectRdms, region: str, table: StimulusTable, *, file: str, pooled: bool) -> Measured:
    """RDMs in the order of the table; without ids of their own they are in it already. Faults are told of `file`."""
    ids = [row.stimulus_id for row in table.test]
    if len(found.stimulus_ids) != len(ids):
        text = f"is of {len(found.stimulus_ids)} stimuli; {table.file} lists {len(ids)} that are not for training"
        return Measured(None, (Fault(file, text),))
    rdms = found.rdms
    if found.named:
        rows, told = match([Labels("stimulus_ids", found.stimulus_ids, words=True)], table.test)
        if told:
            return Measured(None, tuple(Fault(file, text) for text in told))
        if rows is not None:
            rdms = rdms[..., pairs_among(np.argsort(rows), len(ids))]
    if found.times_ms is not None:
        return Measured(TimedRdms(region, tuple(ids), found.subjects, np.array(found.times_ms), rdms), ())
    return Measured(RdmAssembly(region, tuple(ids), found.subjects, rdms, pooled=pooled), ())


def _trials(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    file = str(region.trials)
    try:
        check_table(folder / file)
        columns = read_columns(folder / file)
    except InvalidDataError as error:
        return Measured(None, (of_file(file, folder, error),))
    assembly, faults = trials_on(columns.assign(file=file), table)
    return Measured(assembly, faults)


def trials_on(columns: "pd.DataFrame", table: StimulusTable) -> Measured:
    """Trials with columns as `trial_columns.name_columns` gives them, on the stimuli of a table.

    They name stimuli by their ids, or by their files.
    """
    shown = columns["stimulus_id"].map(stimulus_id_of)
    id_of = ids_of_names(set(shown), table.test)
    if id_of:
        columns = columns.assign(stimulus_id=shown.map(id_of))
    faults = list(_unknown_stimuli(columns, table))
    file = str(columns["file"].iloc[0])
    assembly = None
    try:
        assembly = assembly_of_trials(columns)
    except InvalidDataError as error:
        faults.append(of_file(file, Path(), error))
    if assembly is not None and assembly.models:
        text = f"has trials of models ({first_few(sorted(assembly.models))}); keep people's, and score models on them"
        faults.append(Fault(file, text))
    return Measured(assembly, tuple(faults))


def _unknown_stimuli(columns: "pd.DataFrame", table: StimulusTable) -> Iterator[Fault]:
    known = {row.stimulus_id for row in table.test}
    training = {row.stimulus_id for row in table.training}
    shown = columns["stimulus_id"].map(stimulus_id_of)
    for file, stimulus, line in zip(columns["file"], shown, columns["line"], strict=True):
        if stimulus not in known:
            why = "for training" if stimulus in training else "not listed"
            yield Fault(str(file), f"stimulus '{stimulus}' is {why} in {table.file}", int(line))


def _readout_faults(assembly: BehaviouralAssembly, table: StimulusTable, group_of: Mapping[str, str]) -> list[Fault]:
    """What would stop a readout from being fitted on the training images."""
    if not table.training:
        return []
    faults = [
        Fault(table.file, f"category '{row.category}' is none of {', '.join(assembly.categories)}", row.line)
        for row in table.training
        if row.category not in assembly.categories
    ]
    missing = sorted(set(assembly.categories) - {row.category for row in table.training})
    if missing:
        faults.append(Fault(table.file, f"no training image of category {first_few(missing)}"))
    groups = {group_of.get(row.stimulus_id, row.stimulus_id) for row in table.training}
    if len(groups) < FOLDS_OF_READOUT:
        text = (
            f"{count_text(len(groups), 'group')} of training images; a readout is fitted on {FOLDS_OF_READOUT} at least"
        )
        faults.append(Fault(table.file, text))
    return faults


def _triplets(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    file = str(region.triplets)
    try:
        found = read_triplets(folder / file)
    except InvalidDataError as error:
        return Measured(None, (of_file(file, folder, error),))
    return triplets_on(found, region.name, table, file=file)


def triplets_on(found: ReadTriplets, region: str, table: StimulusTable, *, file: str) -> Measured:
    """Judgements on the stimuli of a table, which they name by their ids, or by their files."""
    faults = [Fault(file, text, line) for text, line in found.faults]
    id_of = ids_of_names({name for row in found.rows for name in row.images}, table.test)
    ids = tuple(row.stimulus_id for row in table.test)
    places = {each: place for place, each in enumerate(ids)}
    place_of = {name: places[each] for name, each in id_of.items()} or places
    for row in found.rows:
        faults += [
            Fault(file, f"image '{name}' is not listed in {table.file}, or for training", row.line)
            for name in row.images
            if name not in place_of
        ]
    if faults:
        return Measured(None, tuple(faults))
    judged = np.array([[place_of[name] for name in row.images] for row in found.rows])
    return Measured(TripletAssembly(region, ids, judged, found.subjects), ())


_READERS = {"responses": _responses, "rdms": _rdms, "trials": _trials, "triplets": _triplets}
