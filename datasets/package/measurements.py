"""What a region of a package measured, as an assembly on its stimuli, or all that is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly, pairs_among
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import Assembly
from brainrank.datasets.groups import grouped
from brainrank.datasets.package.description import RegionFiles
from brainrank.datasets.package.faults import Fault, counted, first_few, of_file
from brainrank.datasets.package.matching import Labels, match
from brainrank.datasets.package.responses import read_responses
from brainrank.datasets.package.stimulus_table import StimulusTable
from brainrank.datasets.readers.rdms import read_rdms
from brainrank.datasets.readers.tables import check_table
from brainrank.datasets.readers.trials import read_trials

FOLDS_OF_READOUT = 5


class Measured(NamedTuple):
    """An assembly, None where it could not be read, and what is wrong with it."""

    assembly: Assembly | None
    faults: tuple[Fault, ...]


def read_measured(folder: Path, region: RegionFiles, table: StimulusTable, group_of: Mapping[str, str]) -> Measured:
    """Read what a region measured on the stimuli of its table, which are grouped so. Nothing is raised for its content.

    Faults of the groups, where a readout needs more of them, are told with those of the measurements.
    """
    assembly, faults = _READERS[region.measure](folder, region, table)
    if isinstance(assembly, BehaviouralAssembly):
        faults = (*faults, *_readout_faults(assembly, table, group_of))
    if faults or assembly is None:
        return Measured(None, faults)
    return Measured(grouped(assembly, group_of), ())


def _responses(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    ids = tuple(row.stimulus_id for row in table.test)
    responses, targets, faults = read_responses(folder, region, table.test)
    if faults:
        return Measured(None, faults)
    return Measured(ResponseAssembly(region.name, ids, targets, responses), ())


def _rdms(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    """RDMs in the order of the table; without ids of their own they are in it already."""
    file = str(region.rdms)
    ids = [row.stimulus_id for row in table.test]
    try:
        found = read_rdms(folder / file)
    except InvalidDataError as error:
        return Measured(None, (of_file(file, folder, error),))
    if len(found.stimulus_ids) != len(ids):
        text = f"is of {len(found.stimulus_ids)} stimuli; {table.file} lists {len(ids)} that are not for training"
        return Measured(None, (Fault(file, text),))
    rdms = found.rdms
    if found.named:
        rows, told = match([Labels("stimulus_ids", found.stimulus_ids, words=True)], table.test)
        if told:
            return Measured(None, tuple(Fault(file, text) for text in told))
        if rows is not None:
            rdms = rdms[:, pairs_among(np.argsort(rows), len(ids))]
    return Measured(RdmAssembly(region.name, tuple(ids), found.subjects, rdms, pooled=region.pooled), ())


def _trials(folder: Path, region: RegionFiles, table: StimulusTable) -> Measured:
    file = str(region.trials)
    try:
        check_table(folder / file)
    except InvalidDataError as error:
        return Measured(None, (of_file(file, folder, error),))
    faults = list(_unknown_stimuli(folder, file, table))
    assembly = None
    try:
        assembly = read_trials([folder / file], aligned=False)
    except InvalidDataError as error:
        faults.append(of_file(file, folder, error))
    if assembly is not None and assembly.models:
        text = f"has trials of models ({first_few(sorted(assembly.models))}); keep people's, and score models on them"
        faults.append(Fault(file, text))
    return Measured(assembly, tuple(faults))


def _unknown_stimuli(folder: Path, file: str, table: StimulusTable) -> list[Fault]:
    from brainrank.datasets.readers.trial_columns import read_columns
    from brainrank.datasets.readers.trials import EXPERIMENT_PREFIX

    try:
        columns = read_columns(folder / file)
    except InvalidDataError:
        return []  # read_trials says what is wrong
    known = {row.stimulus_id for row in table.test}
    training = {row.stimulus_id for row in table.training}
    shown = columns["stimulus_id"].str.replace(EXPERIMENT_PREFIX, "", regex=True)
    return [
        Fault(
            file,
            f"stimulus '{stimulus}' is {'for training' if stimulus in training else 'not listed'} in {table.file}",
            int(line),
        )
        for stimulus, line in zip(shown, columns["line"], strict=True)
        if stimulus not in known
    ]


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
        text = f"{counted(len(groups), 'group')} of training images; a readout is fitted on {FOLDS_OF_READOUT} at least"
        faults.append(Fault(table.file, text))
    return faults


_READERS = {"responses": _responses, "rdms": _rdms, "trials": _trials}
