"""The aggregation of model-vs-human: mean over conditions for each pair of observers, then over pairs.

Reference: Geirhos et al. (2021), Partial success in closing the gap between human and machine vision.
Defined in docs/conventions.md#error-consistency.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.correctness import (
    Correctness,
    correctness,
    correctness_by_condition,
    join,
)
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    MINIMUM_SHARED,
    ErrorConsistency,
    UndefinedKappa,
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


@dataclass(frozen=True, eq=False)
class Consistency:
    """Error consistency of pairs of observers (rows of `pairs`) under each condition, and its means.

    A mean of a field of ErrorConsistency is over conditions for each pair, then over pairs, each over what is defined:
    NaN where nothing is.
    """

    observers: tuple[str, ...]
    pairs: Int[ndarray, "pairs 2"]
    by_condition: Mapping[str, ErrorConsistency]

    def values(self, field: str) -> Float[ndarray, "conditions pairs"]:
        """A field for each pair under each condition."""
        i, j = self.pairs.T
        return np.stack([each._asdict()[field][i, j] for each in self.by_condition.values()])

    def per_pair(self, field: str) -> Float[ndarray, " pairs"]:
        """A field for each pair: its mean over conditions."""
        return mean_of_defined(self.values(field))

    def mean(self, field: str) -> float:
        """A field for all pairs."""
        return float(mean_of_defined(self.per_pair(field)[:, None])[0])

    @property
    def counts(self) -> KappaCounts:
        """How many kappas there are, of a pair under a condition, and how many of them are missing."""
        return sum((counts_of(each, self.pairs) for each in self.by_condition.values()), NO_KAPPAS)


def consistency_of(
    tables: Mapping[str, Correctness],
    pairs: Int[ndarray, "pairs 2"],
    *,
    convention: UndefinedKappa = UndefinedKappa.MODEL_VS_HUMAN,
    minimum: int = MINIMUM_SHARED,
) -> Consistency:
    """The error consistency of pairs of the observers of `tables`, one for each condition, the same observers in all.

    Pairs that share fewer than `minimum` trials of a condition are left out there.
    """
    found = {
        condition: error_consistency(table.correct, table.shown, convention=convention, minimum=minimum)
        for condition, table in tables.items()
    }
    return Consistency(next(iter(tables.values())).observers, pairs, found)


def between_people(humans: BehaviouralAssembly) -> tuple[dict[str, Correctness], Int[ndarray, "pairs 2"]]:
    """The table of each condition, and all unordered pairs of people: what one of them reaches against another.

    Raises InvalidDataError with fewer than two people.
    """
    if len(humans.observers) < 2:
        raise InvalidDataError(f"There is one human, {humans.observers[0]}; a human-human value needs two or more")
    return correctness_by_condition(humans), all_pairs(len(humans.observers))


def with_people(
    model: BehaviouralAssembly, humans: BehaviouralAssembly
) -> tuple[dict[str, Correctness], Int[ndarray, "pairs 2"]]:
    """The table of each condition over the stimuli that model and people share, and the model's pair with each person.

    Raises InvalidDataError when `model` holds several observers.
    """
    if len(model.observers) != 1:
        raise InvalidDataError(f"`model` holds {len(model.observers)} observers; give the trials of one")
    tables = {
        condition: join(correctness(model, condition=condition), table)
        for condition, table in correctness_by_condition(humans).items()
    }
    return tables, np.array([(0, human) for human in range(1, 1 + len(humans.observers))])


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
