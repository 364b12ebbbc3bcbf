"""Responses measured trial by trial, arranged by stimulus with their repeats."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.timed_assemblies import TimedResponses


def response_assembly(
    region: str,
    *,
    stimulus_ids: Sequence[str],
    shown: Sequence[str],
    targets: Sequence[str],
    trials: Float[ndarray, "trials targets"],
    positions: TargetPositions | None = None,
) -> ResponseAssembly:
    """Arrange trials by stimulus: the k-th trial of a stimulus is its k-th repeat; what was not measured is NaN.

    `shown` names the stimulus of each trial; trials of stimuli that are not asked for are left out. So is a target that
    has not one finite response to some stimulus, as a voxel that a session's field of view missed. `positions` are
    where the targets lie, if that is known.

    Raises InvalidDataError when trials and names differ in number, a stimulus was never shown, or no target is left.
    """
    if trials.shape != (len(shown), len(targets)):
        raise InvalidDataError(
            f"Responses of {region} have shape {trials.shape}; {len(shown)} trials and {len(targets)} targets are named"
        )
    row_of = {stimulus_id: row for row, stimulus_id in enumerate(stimulus_ids)}
    counts, places = np.zeros(len(row_of), dtype=np.int64), []
    for trial, stimulus_id in enumerate(shown):
        if (row := row_of.get(stimulus_id)) is not None:
            places.append((trial, row, counts[row]))
            counts[row] += 1
    missing = [stimulus_id for stimulus_id, row in row_of.items() if not counts[row]]
    if missing:
        raise InvalidDataError(
            f"{len(missing)} of {len(row_of)} stimuli of {region} have no trial: {', '.join(missing[:5])}; "
            "leave them out, or check that stimuli and trials use the same names"
        )
    responses = np.full((len(row_of), counts.max(initial=0), len(targets)), np.nan, dtype=trials.dtype)
    chosen, rows, repeats = np.array(places, dtype=np.int64).reshape(-1, 3).T
    responses[rows, repeats] = trials[chosen]
    measured = np.atleast_1d(np.isfinite(responses).any(axis=1).all(axis=0))
    if not measured.any():
        raise InvalidDataError(f"No target of {region} ({len(targets)} in all) has a response to every stimulus")
    kept = tuple(target for target, keep in zip(targets, measured, strict=True) if keep)
    return ResponseAssembly(
        region,
        tuple(row_of),
        kept,
        responses if measured.all() else responses[:, :, measured],
        positions=None if positions is None else positions.of(measured),
    )


def timed_responses(
    region: str,
    *,
    stimulus_ids: Sequence[str],
    shown: Sequence[str],
    targets: Sequence[str],
    times_ms: Float[ndarray, " times"],
    trials: Float[ndarray, "trials targets times"],
) -> TimedResponses:
    """Arrange trials by stimulus, as `response_assembly` does, at each time.

    A target that has not one finite response to some stimulus at some time is left out. Raises InvalidDataError as
    `response_assembly`, and where no target was measured at all times.
    """
    names = [f"{target} {time}" for target in range(len(targets)) for time in range(len(times_ms))]
    arranged = response_assembly(
        region, stimulus_ids=stimulus_ids, shown=shown, targets=names, trials=trials.reshape(len(trials), -1)
    )
    found = set(arranged.targets)
    chosen = [
        target
        for target in range(len(targets))
        if found.issuperset(f"{target} {time}" for time in range(len(times_ms)))
    ]
    if not chosen:
        raise InvalidDataError(
            f"No target of {region} ({len(targets)} in all) has responses to every stimulus at all times"
        )
    wanted = {str(target) for target in chosen}
    columns = [column for column, name in enumerate(arranged.targets) if name.partition(" ")[0] in wanted]
    responses = arranged.responses if len(columns) == len(arranged.targets) else arranged.responses[:, :, columns]
    shape = (*responses.shape[:2], len(chosen), len(times_ms))
    return TimedResponses(
        region, arranged.stimulus_ids, tuple(targets[each] for each in chosen), times_ms, responses.reshape(shape)
    )
