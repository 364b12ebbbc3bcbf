"""Error consistency of one's own trials: whether observers err on the same ones, by who is compared with whom."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from numpy import ndarray

from brainrank.api.services.analysis.observer_groups import GroupAnalysis, compare_groups
from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.behaviour.pair_consistency import (
    Compared,
    GroupConsistency,
    PairConsistency,
    compare_pairs,
    of_group,
    of_pairs,
)
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly


class Among(StrEnum):
    """Whose pairs a group holds."""

    ALL = "all"
    PEOPLE = "people"
    MODEL_WITH_PEOPLE = "model with people"
    MODELS_WITH_PEOPLE = "models with people"
    MODELS = "models"


class Group(NamedTuple):
    """The means over a group of pairs."""

    among: Among
    means: GroupConsistency


class Analysis(NamedTuple):
    """Everything that is told of some trials.

    `accuracy` is each observer's mean over conditions; `by_condition` holds the groups under each condition by itself,
    nothing unless it was asked for; `people` the groups that people under different conditions are, if that was.
    """

    accuracy: Mapping[str, float]
    models: frozenset[str]
    pairs: Sequence[PairConsistency]
    groups: Sequence[Group]
    by_condition: Mapping[str, Sequence[Group]]
    conditions: Sequence[str]
    convention: UndefinedKappa
    minimum: int
    partial: bool
    people: GroupAnalysis | None

    def mean_accuracy(self, *, of_models: bool) -> float:
        """The mean of all models, or of all people; NaN where there is none."""
        found = [value for who, value in self.accuracy.items() if (who in self.models) == of_models]
        return sum(found) / len(found) if found else float("nan")


def compare_observers(
    assembly: BehaviouralAssembly,
    *,
    models: frozenset[str],
    convention: UndefinedKappa,
    minimum: int,
    by_condition: bool,
    draws: int,
    seed: int,
    people_by_condition: bool = False,
) -> Analysis:
    """Compare all observers of some trials, and with `people_by_condition` groups of them (`compare_groups`).

    Raises InvalidDataError for one observer, or where no two share enough trials.
    """
    tables = correctness_by_condition(assembly)

    def of(names: tuple[str, ...]) -> Compared:
        some = {name: tables[name] for name in names}
        rng = np.random.default_rng(seed)
        return compare_pairs(some, rng=rng, draws=draws, convention=convention, minimum=minimum)

    people = None
    if people_by_condition:  # first, as it refuses what is no groups
        people = compare_groups(assembly, models=models, convention=convention, minimum=minimum, draws=draws, seed=seed)
    found = of(assembly.conditions)
    trials = np.stack([each.trials for each in found.by_condition.values()])
    if np.isnan(found.mean("expected")).all():
        most = int(trials[:, *found.pairs.T].max())
        raise InvalidDataError(
            f"No two observers share {minimum} trials of a condition, the most are {most}; give trials on the same "
            "stimuli, or ask for fewer shared trials"
        )
    right = mean_of_defined(np.stack([accuracy(table.correct, table.shown).value for table in tables.values()]))
    return Analysis(
        accuracy=dict(zip(assembly.observers, right.tolist(), strict=True)),
        models=models,
        pairs=of_pairs(found),
        groups=_groups(found, models),
        by_condition={each: _groups(of((each,)), models) for each in assembly.conditions if by_condition},
        conditions=assembly.conditions,
        convention=convention,
        minimum=minimum,
        partial=not all(table.shown.all() for table in tables.values()),
        people=people,
    )


def models_among(assembly: BehaviouralAssembly, patterns: Sequence[str]) -> frozenset[str]:
    """The observers that are models: by their trials, or by names or patterns such as `resnet*`.

    Raises UnknownNameError for a pattern that fits no observer.
    """
    found = set(assembly.models)
    for pattern in patterns:
        fitting = {observer for observer in assembly.observers if fnmatchcase(observer, pattern)}
        if not fitting:
            raise UnknownNameError("observer", pattern, assembly.observers)
        found |= fitting
    return frozenset(found)


def under(assembly: BehaviouralAssembly, conditions: Sequence[str]) -> BehaviouralAssembly:
    """The trials under some conditions, all without any. Raises UnknownNameError for one that is not among them."""
    for condition in conditions:
        if condition not in assembly.conditions:
            raise UnknownNameError("condition", condition, assembly.conditions)
    return assembly.within(conditions) if conditions else assembly


def _groups(found: Compared, models: frozenset[str]) -> list[Group]:
    """People with people, each model with people, all models with people, models with models: those that there are."""
    return [
        Group(among, of_group(found, name, chosen))
        for among, name, chosen in _pairs_by_kind(found, models)
        if chosen.any()
    ]


def _pairs_by_kind(found: Compared, models: frozenset[str]) -> Iterator[tuple[Among, str, Bool[ndarray, " pairs"]]]:
    is_model = np.isin(found.observers, list(models))
    first, second = is_model[found.pairs].T
    if not models:
        yield Among.ALL, "all pairs", ~first
        return
    yield Among.PEOPLE, "people with people", ~first & ~second
    for k in np.flatnonzero(is_model).tolist():
        own = (first != second) & (found.pairs == k).any(axis=1)
        yield Among.MODEL_WITH_PEOPLE, f"{found.observers[k]} with people", own
    if len(models) > 1:
        yield Among.MODELS_WITH_PEOPLE, "all models with people", first != second
    yield Among.MODELS, "models with models", first & second
