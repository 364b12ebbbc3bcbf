"""The aggregation of model-vs-human: mean over conditions, then over observers, then over datasets.

Reference: Geirhos et al. (2021), Partial success in closing the gap between human and machine vision.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy, accuracy_difference
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness, joined
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    Convention,
    ErrorConsistency,
    all_pairs,
    error_consistency,
)
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly

LEAST_HUMAN_ACCURACY = 0.2

UNDISTORTED = {
    "colour": ("cr",),
    "contrast": ("c100",),
    "false-colour": ("true",),
    "low-pass": ("0",),
    "phase-scrambling": ("0",),
    "power-equalisation": ("0",),
    "rotation": ("0",),
}
"""The control condition of each parametric experiment at hand: the image as it was, which every observer can name."""


class Statistic(StrEnum):
    """What is averaged over conditions and observers."""

    KAPPA = "kappa"
    OBSERVED = "observed-consistency"
    ACCURACY_DIFFERENCE = "accuracy-difference"


class Aggregate(NamedTuple):
    """A dataset's value, what it is the mean of, and where something was left out of a mean.

    `per_pair` is the mean over conditions of each pair of observers; `reasons` maps a pair and condition to why it has
    no value and so is left out of that mean.
    """

    value: float
    per_pair: Float[ndarray, " pairs"]
    pairs: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    reasons: dict[tuple[str, str, str], str]


def scored_conditions(
    humans: BehaviouralAssembly, *, controls: Collection[str] = (), least: float = LEAST_HUMAN_ACCURACY
) -> tuple[str, ...]:
    """The conditions that count: all but the undistorted controls and those where mean human accuracy is below `least`.

    Raises UnknownNameError for a control that is no condition, InvalidDataError when no condition is left.
    """
    for control in controls:
        if control not in humans.conditions:
            raise UnknownNameError("control condition", control, humans.conditions)
    kept = []
    for condition in humans.conditions:
        table = correctness(humans, condition=condition)
        values = accuracy(table.correct, table.shown).value
        # Slack for rounding: 128 of 640 right is .2 and not below it, whatever the mean of four shares comes to.
        if condition not in controls and np.nanmean(values) >= least - 1e-9:
            kept.append(condition)
    if not kept:
        raise InvalidDataError(
            f"No condition is left: of {', '.join(humans.conditions)}, those that are no control have a mean human "
            f"accuracy below {least}; lower `least` or name fewer controls"
        )
    return tuple(kept)


def human_human(
    humans: BehaviouralAssembly,
    statistic: Statistic = Statistic.KAPPA,
    *,
    conditions: Sequence[str],
    convention: Convention = Convention.MODEL_VS_HUMAN,
) -> Aggregate:
    """The human-human value of a dataset: mean over conditions of each unordered pair, then over pairs.

    What one human reaches against another is the ceiling a model is measured by. Raises InvalidDataError with fewer
    than two humans.
    """
    if len(humans.observers) < 2:
        raise InvalidDataError(f"There is one human, {humans.observers[0]}; a human-human value needs two or more")
    tables = {condition: correctness(humans, condition=condition) for condition in conditions}
    return _aggregate(tables, all_pairs(len(humans.observers)), statistic=statistic, convention=convention)


def model_human(
    model: BehaviouralAssembly,
    humans: BehaviouralAssembly,
    statistic: Statistic = Statistic.KAPPA,
    *,
    conditions: Sequence[str],
    convention: Convention = Convention.MODEL_VS_HUMAN,
) -> Aggregate:
    """A model's value against the humans of a dataset: mean over conditions for each human, then over humans.

    Only stimuli that model and humans share count. Raises InvalidDataError when `model` holds several observers.
    """
    if len(model.observers) != 1:
        raise InvalidDataError(f"`model` holds {len(model.observers)} observers; give the trials of one")
    tables = {c: joined(correctness(model, condition=c), correctness(humans, condition=c)) for c in conditions}
    pairs = np.array([(0, human) for human in range(1, 1 + len(humans.observers))])
    return _aggregate(tables, pairs, statistic=statistic, convention=convention)


def mean_over_datasets(values: Mapping[str, float]) -> float:
    """The mean over datasets with equal weight, however many trials each has; NaN if any dataset's value is.

    A dataset without a value is not dropped in silence: a mean over fewer datasets is another number. Leave it out of
    `values` and say so. Raises InvalidDataError without datasets.
    """
    if not values:
        raise InvalidDataError("There is no dataset to average over; give at least one")
    return float(np.mean(list(values.values())))


def _aggregate(
    tables: Mapping[str, Correctness], pairs: Int[ndarray, "pairs 2"], *, statistic: Statistic, convention: Convention
) -> Aggregate:
    observers = next(iter(tables.values())).observers
    names = tuple((observers[i], observers[j]) for i, j in pairs)
    values = np.empty((len(tables), len(pairs)))
    reasons: dict[tuple[str, str, str], str] = {}
    for row, (condition, table) in enumerate(tables.items()):
        values[row], why = _of_pairs(table, pairs, statistic=statistic, convention=convention)
        reasons |= {(*names[pair], condition): reason for pair, reason in why.items()}
    per_pair = mean_of_defined(values)
    value = float(mean_of_defined(per_pair[:, None])[0])
    return Aggregate(value, per_pair, names, tuple(tables), reasons)


def _of_pairs(
    table: Correctness, pairs: Int[ndarray, "pairs 2"], *, statistic: Statistic, convention: Convention
) -> tuple[Float[ndarray, " pairs"], dict[int, str]]:
    i, j = pairs.T
    if statistic is Statistic.ACCURACY_DIFFERENCE:
        return tuple(accuracy_difference(table.correct, table.shown, pairs=pairs))  # type: ignore[return-value]
    full: ErrorConsistency = error_consistency(table.correct, table.shown, convention=convention)
    chosen = (full.kappa if statistic is Statistic.KAPPA else full.observed)[i, j]
    missing = np.flatnonzero(np.isnan(chosen))
    return chosen, {int(pair): full.reasons[(int(i[pair]), int(j[pair]))] for pair in missing}
