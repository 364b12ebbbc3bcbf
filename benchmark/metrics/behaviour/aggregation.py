"""The aggregation of model-vs-human: mean over conditions, then over observers, then over datasets.

Reference: Geirhos et al. (2021), Partial success in closing the gap between human and machine vision.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness, joined
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    MINIMUM_SHARED,
    Convention,
    all_pairs,
    error_consistency,
)
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.behaviour.undefined import NO_KAPPAS, KappaCounts, counts_of
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly

PUBLISHED_EXCLUSIONS = {
    "colour": ("cr",),
    "contrast": ("c100", "c03", "c01"),
    "high-pass": ("inf", "0.55", "0.45", "0.4"),
    "low-pass": ("0", "15", "40"),
    "phase-scrambling": ("0", "150", "180"),
    "power-equalisation": ("0",),
    "false-colour": ("true",),
    "rotation": ("0",),
    "eidolonI": ("1-10-10", "64-10-10", "128-10-10"),
    "eidolonII": ("1-3-10", "32-3-10", "64-3-10", "128-3-10"),
    "eidolonIII": ("1-0-10", "16-0-10", "32-0-10", "64-0-10", "128-0-10"),
    "uniform-noise": ("0", "0.6", "0.9"),
}
"""The conditions of the twelve parametric experiments that published numbers leave out.

First the control, which shows the image as it was, then those where mean human accuracy is below .2. Low-pass 15 is at
exactly .2 (128 of 640 right); the published list has it, so it stays out. Reference: model-vs-human's plotting code.
"""


NO_BOUNDS = "both observers are right, or both wrong, on every common trial, so nothing bounds kappa"


class Statistic(StrEnum):
    """What is averaged over conditions and observers."""

    KAPPA = "kappa"
    KAPPA_MIN = "kappa-min"
    KAPPA_MAX = "kappa-max"
    OBSERVED = "observed-consistency"
    ACCURACY_DIFFERENCE = "accuracy-difference"


FIELD = {
    Statistic.KAPPA: "kappa",
    Statistic.KAPPA_MIN: "kappa_min",
    Statistic.KAPPA_MAX: "kappa_max",
    Statistic.OBSERVED: "observed",
    Statistic.ACCURACY_DIFFERENCE: "accuracy_difference",
}
"""The field of ErrorConsistency that each statistic is."""


class Aggregate(NamedTuple):
    """A dataset's value, what it is the mean of, and where something was left out of a mean.

    `per_pair` is the mean over conditions of each pair of observers; `reasons` maps a pair and condition to why it has
    no value and so is left out of that mean. `counts` are of all kappas of a pair under a condition.
    """

    value: float
    per_pair: Float[ndarray, " pairs"]
    pairs: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    reasons: dict[tuple[str, str, str], str]
    counts: KappaCounts


def scored_conditions(humans: BehaviouralAssembly, *, excluded: Collection[str] = ()) -> tuple[str, ...]:
    """The conditions that count: all that are not excluded.

    Raises UnknownNameError for an excluded condition that is none, InvalidDataError when no condition is left.
    """
    for condition in excluded:
        if condition not in humans.conditions:
            raise UnknownNameError("excluded condition", condition, humans.conditions)
    kept = tuple(condition for condition in humans.conditions if condition not in excluded)
    if not kept:
        raise InvalidDataError(
            f"No condition is left: {', '.join(humans.conditions)} are all excluded; exclude fewer conditions"
        )
    return kept


def human_human(
    humans: BehaviouralAssembly,
    statistic: Statistic = Statistic.KAPPA,
    *,
    conditions: Sequence[str],
    convention: Convention = Convention.MODEL_VS_HUMAN,
    minimum: int = MINIMUM_SHARED,
) -> Aggregate:
    """The human-human value of a dataset: mean over conditions of each unordered pair, then over pairs.

    What one human reaches against another is the ceiling a model is measured by. Pairs that share fewer than `minimum`
    trials of a condition are left out there. Raises InvalidDataError with fewer than two humans.
    """
    if len(humans.observers) < 2:
        raise InvalidDataError(f"There is one human, {humans.observers[0]}; a human-human value needs two or more")
    tables = {condition: correctness(humans, condition=condition) for condition in conditions}
    pairs = all_pairs(len(humans.observers))
    return _aggregate(tables, pairs, statistic=statistic, convention=convention, minimum=minimum)


def model_human(
    model: BehaviouralAssembly,
    humans: BehaviouralAssembly,
    statistic: Statistic = Statistic.KAPPA,
    *,
    conditions: Sequence[str],
    convention: Convention = Convention.MODEL_VS_HUMAN,
    minimum: int = MINIMUM_SHARED,
) -> Aggregate:
    """A model's value against the humans of a dataset: mean over conditions for each human, then over humans.

    Only stimuli that model and humans share count, of people with at least `minimum` of them in a condition. Raises
    InvalidDataError when `model` holds several observers.
    """
    if len(model.observers) != 1:
        raise InvalidDataError(f"`model` holds {len(model.observers)} observers; give the trials of one")
    tables = {c: joined(correctness(model, condition=c), correctness(humans, condition=c)) for c in conditions}
    pairs = np.array([(0, human) for human in range(1, 1 + len(humans.observers))])
    return _aggregate(tables, pairs, statistic=statistic, convention=convention, minimum=minimum)


def mean_over_datasets(values: Mapping[str, float]) -> float:
    """The mean over datasets with equal weight, however many trials each has; NaN if any dataset's value is.

    A dataset without a value is not dropped in silence: a mean over fewer datasets is another number. Leave it out of
    `values` and say so. Raises InvalidDataError without datasets.
    """
    if not values:
        raise InvalidDataError("There is no dataset to average over; give at least one")
    return float(np.mean(list(values.values())))


def _aggregate(
    tables: Mapping[str, Correctness],
    pairs: Int[ndarray, "pairs 2"],
    *,
    statistic: Statistic,
    convention: Convention,
    minimum: int,
) -> Aggregate:
    observers = next(iter(tables.values())).observers
    names = tuple((observers[i], observers[j]) for i, j in pairs)
    values = np.empty((len(tables), len(pairs)))
    reasons: dict[tuple[str, str, str], str] = {}
    counts = NO_KAPPAS
    i, j = pairs.T
    for row, (condition, table) in enumerate(tables.items()):
        full = error_consistency(table.correct, table.shown, convention=convention, minimum=minimum)
        values[row] = full._asdict()[FIELD[statistic]][i, j]
        for pair in np.flatnonzero(np.isnan(values[row])):
            why = full.reasons.get((int(i[pair]), int(j[pair])), NO_BOUNDS)
            reasons[(*names[pair], condition)] = why
        counts += counts_of(full, pairs)
    per_pair = mean_of_defined(values)
    value = float(mean_of_defined(per_pair[:, None])[0])
    return Aggregate(value, per_pair, names, tuple(tables), reasons, counts)
