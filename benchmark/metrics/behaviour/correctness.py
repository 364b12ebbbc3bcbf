"""Correctness: observers x stimuli, the table that accuracy and error consistency are computed from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from brainrank.benchmark.statistics.resampling import stimulus_counts, units_of
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly


class Correctness(NamedTuple):
    """Who was right on which stimulus. `shown` is False where an observer has no trial; `correct` is False there."""

    observers: tuple[str, ...]
    stimulus_ids: tuple[str, ...]
    correct: Bool[ndarray, "observers stimuli"]
    shown: Bool[ndarray, "observers stimuli"]


def correctness(assembly: BehaviouralAssembly, *, condition: str) -> Correctness:
    """The observers x stimuli table of one condition.

    Every observer of the assembly has a row, also one without trials in this condition; stimuli are those anybody saw
    under it. Raises UnknownNameError for a condition that is not in the assembly.
    """
    if condition not in assembly.conditions:
        raise UnknownNameError("condition", condition, assembly.conditions)
    trials = assembly.condition == condition
    stimulus_ids, column = np.unique(assembly.stimulus_id[trials], return_inverse=True)
    row = np.searchsorted(np.asarray(assembly.observers), assembly.observer[trials])
    correct = np.zeros((len(assembly.observers), len(stimulus_ids)), dtype=bool)
    shown = np.zeros_like(correct)
    correct[row, column] = assembly.correct[trials]
    shown[row, column] = True
    return Correctness(assembly.observers, tuple(map(str, stimulus_ids)), correct, shown)


def correctness_by_condition(assembly: BehaviouralAssembly) -> dict[str, Correctness]:
    """The observers x stimuli table of every condition, in sorted order of the conditions."""
    return {condition: correctness(assembly, condition=condition) for condition in assembly.conditions}


def join(first: Correctness, second: Correctness) -> Correctness:
    """One table of two groups of observers over the stimuli they share, first group's rows first.

    Raises InvalidDataError when they share no stimulus or no more than a name: an observer may be in one group only.
    """
    both = set(first.observers) & set(second.observers)
    if both:
        raise InvalidDataError(
            f"Observers {', '.join(sorted(both)[:5])} are in both groups; rename them or leave them out of one"
        )
    shared = sorted(set(first.stimulus_ids) & set(second.stimulus_ids))
    if not shared:
        raise InvalidDataError(
            f"The two groups share no stimulus (first ids {', '.join(first.stimulus_ids[:3])} and "
            f"{', '.join(second.stimulus_ids[:3])}); give trials on the same stimuli"
        )
    columns = [np.searchsorted(np.asarray(group.stimulus_ids), shared) for group in (first, second)]
    return Correctness(
        first.observers + second.observers,
        tuple(shared),
        np.vstack([first.correct[:, columns[0]], second.correct[:, columns[1]]]),
        np.vstack([first.shown[:, columns[0]], second.shown[:, columns[1]]]),
    )


def drawn_stimuli(
    tables: Sequence[Correctness], group_of: Mapping[str, str] | None, draws: int, rng: np.random.Generator
) -> list[Int[ndarray, "draws stimuli"]]:
    """How often each stimulus of each table is drawn: within each table, or with the group it belongs to.

    A group may have stimuli in several tables, and is drawn once for all of them.
    """
    if group_of is None:
        return [stimulus_counts(len(table.stimulus_ids), draws=draws, rng=rng) for table in tables]
    ids = [each for table in tables for each in table.stimulus_ids]
    counts = stimulus_counts(
        len(ids), draws=draws, rng=rng, units=units_of([group_of.get(each, each) for each in ids], len(ids))
    )
    ends = np.cumsum([len(table.stimulus_ids) for table in tables])
    return np.split(counts, ends[:-1], axis=1)
