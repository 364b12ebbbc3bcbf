"""Error consistency while learning: whether learners err on the same images in the same epoch."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.aggregation import Consistency, between_people, consistency_of
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness_by_condition, join
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.learning_curves.measures import Estimate
from brainrank.benchmark.metrics.learning_curves.phases import PHASES, condition, epochs_of
from brainrank.benchmark.statistics.resampling import subject_counts
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    MINIMUM_SUBJECTS,
    interval_over_stimuli,
)
from brainrank.benchmark.types.score import Interval
from brainrank.benchmark.types.trials import BehaviouralAssembly


def kappa_name(phase: str, epoch: int | None = None) -> str:
    """What error consistency in a phase is called: in one epoch, counted from 1, or as the mean over epochs."""
    return f"error consistency, {phase}" + ("" if epoch is None else f" {epoch}")


def consistency_by_epoch(
    learner: BehaviouralAssembly | None, people: BehaviouralAssembly
) -> dict[str, Float[ndarray, " people"]]:
    """Each person's mean kappa with the runs of a learner, or with the other people, by phase and epoch.

    Pairs that share fewer than twenty images in an epoch are left out there, and so are those whose kappa is undefined;
    NaN for a person without any.
    """
    tables, pairs = _pairs(learner, people)
    found = consistency_of(tables, pairs, convention=UndefinedKappa.RAW)
    first = 0 if learner is None else len(learner.observers)
    return {name: _by_person(found, people, first, conditions) for name, conditions in _names(people)}


def _names(people: BehaviouralAssembly) -> list[tuple[str, tuple[str, ...]]]:
    epochs = range(1, epochs_of(people) + 1)
    single = [(kappa_name(phase, epoch), (condition(phase, epoch),)) for phase in PHASES for epoch in epochs]
    return single + [(kappa_name(phase), tuple(condition(phase, epoch) for epoch in epochs)) for phase in PHASES]


def _pairs(
    learner: BehaviouralAssembly | None, people: BehaviouralAssembly
) -> tuple[Mapping[str, Correctness], Int[ndarray, "pairs 2"]]:
    if learner is None:
        return between_people(people)
    own, theirs = correctness_by_condition(learner), correctness_by_condition(people)
    runs, n = len(learner.observers), len(people.observers)
    pairs = np.array([(run, runs + person) for run in range(runs) for person in range(n)])
    return {name: join(own[name], theirs[name]) for name in theirs}, pairs


def _by_person(
    found: Consistency, people: BehaviouralAssembly, first: int, conditions: tuple[str, ...]
) -> Float[ndarray, " people"]:
    names = list(found.by_condition)
    kappa = mean_of_defined(found.values("kappa")[[names.index(each) for each in conditions]])
    return np.array(
        [
            float(mean_of_defined(kappa[(found.pairs == first + person).any(axis=1)][:, None])[0])
            for person in range(len(people.observers))
        ]
    )


def estimated_consistency(
    learner: BehaviouralAssembly | None, people: BehaviouralAssembly, *, draws: int, rng: np.random.Generator
) -> dict[str, Estimate]:
    """The mean over people of `consistency_by_epoch`, with intervals over new people.

    Of people among themselves each pair is in two people's means, so that a person counts twice (Hoeffding 1948).
    """
    found = {}
    for name, each in consistency_by_epoch(learner, people).items():
        own = each[~np.isnan(each)]
        value = float(mean_of_defined(each[:, None])[0])
        if len(own) < MINIMUM_SUBJECTS:
            found[name] = Estimate(value, Interval(np.nan, np.nan), "fewer than three people have a kappa")
            continue
        moved = own if learner is not None else 2 * own - own.mean()
        drawn = subject_counts(len(own), draws=draws, rng=rng) @ moved / len(own)
        found[name] = Estimate(value, interval_over_stimuli(value, drawn, n_stimuli=len(own), support=CORRELATION))
    return found


def mean_consistency(learner: BehaviouralAssembly | None, people: BehaviouralAssembly) -> dict[str, float]:
    """The mean over people of `consistency_by_epoch`."""
    found = consistency_by_epoch(learner, people)
    return {name: float(mean_of_defined(each[:, None])[0]) for name, each in found.items()}
