"""Single-trial betas of one's own in BIDS derivatives: 4D NIfTI files, an events table each, and a mask.

Volume k of a run is the beta of the k-th row of its events table, of the rows that name a stimulus: a row whose
stimulus is `n/a` (fixation, a response) has no volume. Which column names it is `stimulus_column`, BIDS' own
`stim_file` unless said.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.brain_files import read_responses_at
from brainrank.datasets.readers.masks import read_mask
from brainrank.datasets.readers.single_trials import response_assembly


def read_betas(
    betas: Sequence[Path],
    events: Sequence[Path],
    *,
    mask: Path,
    region: str,
    space: str,
    stimulus_column: str = "stim_file",
) -> ResponseAssembly:
    """Read the betas of one region, run by run: stimuli in the order of their names, repeats in the order of runs.

    Targets are the mask's voxels in its array order, in a `space` that has a name (MNI152NLin2009cAsym), or is the
    subject's own. Raises InvalidDataError when files are missing or unreadable, when there are not as many tables as
    runs, a table has no such column, its stimuli and the volumes of its run differ in number, or betas and mask do not
    lie on one grid.
    """
    if not betas or len(betas) != len(events):
        raise InvalidDataError(
            f"{len(betas)} files of betas and {len(events)} events tables; give one table for each run"
        )
    positions = read_mask(mask, space)
    shown: list[str] = []
    measured = []
    for volumes, table in zip(betas, events, strict=True):
        stimuli, trials = _stimuli(table, stimulus_column), read_responses_at(volumes, positions)
        if len(stimuli) != len(trials):
            raise InvalidDataError(
                f"{volumes} has {len(trials)} volumes and {table} names {len(stimuli)} stimuli; each trial needs one "
                f"volume, and rows without a stimulus 'n/a' in the column {stimulus_column}"
            )
        shown += stimuli
        measured.append(trials)
    return response_assembly(
        region,
        stimulus_ids=sorted(set(shown)),
        shown=shown,
        targets=[f"voxel-{number:05d}" for number in range(1, measured[0].shape[1] + 1)],
        trials=np.concatenate(measured),
        positions=positions,
    )


def _stimuli(table: Path, column: str) -> list[str]:
    import pandas as pd

    try:
        events = pd.read_csv(table, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{table} is not a readable events table ({error})") from error
    if column not in events:
        raise InvalidDataError(f"{table} has no column '{column}'; it has {', '.join(map(str, events))}")
    return [name for name in events[column] if name not in {"n/a", ""}]
