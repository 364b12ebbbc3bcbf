"""Worlds in which people err where a model errs, scored as error consistency is.

Right answers of all models are one matrix, those of the people of all worlds another: a product counts what both got
right, and kappa is made of counts. In a few worlds each stimulus's influence on kappa, to first order, and the metric's
own draws say how scores deviate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.aggregation import (
    between_people,
    consistency_of,
    scored_conditions,
    with_people,
)
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, drawn_stimuli
from brainrank.benchmark.metrics.behaviour.error_consistency import PairCounts, UndefinedKappa, kappa_of
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.recovery.outcomes import SimulatedScores
from brainrank.benchmark.recovery.people import chances, is_right
from brainrank.benchmark.statistics.uncertainty import deviations_of_subject_mean, set_name
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

WORLDS_AT_ONCE = 50
DRAWN_WORLDS = 2
DRAWS = 500


@dataclass(frozen=True)
class Condition:
    """A condition's stimuli: which each model gets right, which each person saw, how right people are and agree."""

    models: Bool[ndarray, "models stimuli"]
    people: Correctness
    kappa: float

    @cached_property
    def accuracies(self) -> Float[ndarray, " people"]:
        """The share that each person got right of what they saw."""
        return np.asarray(self.people.correct.sum(axis=1) / np.maximum(self.people.shown.sum(axis=1), 1))

    def with_people(self, metric: ErrorConsistencyMetric) -> Float[ndarray, " models"]:
        """Each model's mean kappa with the people of the data; 0 where it has none."""
        kappa = _kappas(self, self.people.correct[None], metric)[0]
        return np.asarray(np.nan_to_num(mean_of_defined(kappa.T)))


@dataclass(frozen=True)
class ConsistencyWorlds:
    """What worlds of any truth are made from: the models' and the people's answers to the same stimuli."""

    metric: ErrorConsistencyMetric
    assembly: BehaviouralAssembly
    names: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def ceiling(self) -> float:
        """The mean kappa of two people, over conditions."""
        return float(np.mean([each.kappa for each in self.conditions]))

    def people(
        self, truth: int, *, worlds: int, rng: np.random.Generator, as_measured: bool = False
    ) -> list[Bool[ndarray, "worlds people stimuli"]]:
        """Who is right on what they saw, under each condition; they may agree with the truth as in the data only."""
        found = []
        for each in self.conditions:
            model = each.models[truth]
            with_model = float(each.with_people(self.metric)[truth]) if as_measured else None
            of_people = chances(model, each.accuracies, each.kappa, with_model)
            found.append(is_right(of_people, model, worlds=worlds, rng=rng) & each.people.shown)
        return found

    def simulated_ceiling(self, truth: int, *, worlds: int, rng: np.random.Generator) -> float:
        """The mean kappa of two people in worlds of a truth."""
        found = []
        for each, right in zip(self.conditions, self.people(truth, worlds=worlds, rng=rng), strict=True):
            for world in right:
                table = {"": each.people._replace(correct=world)}
                pairs = np.stack(np.triu_indices(len(world), k=1), axis=1)
                found.append(
                    consistency_of(table, pairs, convention=UndefinedKappa.RAW, minimum=self.metric.minimum_shared)
                )
        return float(np.nanmean([each.mean("kappa") for each in found]))

    def scores(
        self, truth: int, *, worlds: int, rng: np.random.Generator, as_measured: bool = False
    ) -> SimulatedScores:
        """All models' scores in worlds of a truth, with which people may agree as in the data only."""
        blocks, draws = [], list[list[Draws]]()
        for start in range(0, worlds, WORLDS_AT_ONCE):
            some = min(WORLDS_AT_ONCE, worlds - start)
            right = self.people(truth, worlds=some, rng=rng, as_measured=as_measured)
            blocks.append(self.kappas(right))
            if not draws:
                draws = [self.draws([each[world] for each in right]) for world in range(min(DRAWN_WORLDS, worlds))]
        return SimulatedScores(np.concatenate(blocks), draws)

    def kappas(self, right: Sequence[Bool[ndarray, "worlds people _"]]) -> Float[ndarray, "worlds models people"]:
        """Each model's kappa with each person, mean over conditions; a pair without one has the mean of the others."""
        found = []
        for each, of_people in zip(self.conditions, right, strict=True):
            found.append(_kappas(each, of_people, self.metric))
        stacked = np.stack(found)
        pairs = mean_of_defined(stacked.reshape(len(found), -1, stacked.shape[-1])).reshape(stacked.shape[1:])
        return np.where(np.isnan(pairs), np.nanmean(pairs, axis=2, keepdims=True), pairs)

    def draws(self, right: Sequence[Bool[ndarray, "people stimuli"]]) -> list[Draws]:
        """How each model's score deviates on the metric's draws of stimuli and of people."""
        tables = [each.people for each in self.conditions]
        people = tables[0].observers
        rng = np.random.default_rng([self.metric.seed, len(people)])
        counts = drawn_stimuli(tables, self.assembly.group_of, DRAWS, rng)
        moved = np.stack(
            [
                _drawn_kappa(each, of_people, of_draws, self.metric)
                for each, of_people, of_draws in zip(self.conditions, right, counts, strict=True)
            ]
        )
        drawn = mean_of_defined(moved.reshape(len(moved), DRAWS, -1)).reshape(moved.shape[1:])
        fixed = self.kappas([each[None] for each in right])[0]
        ids = [each for table in tables for each in table.stimulus_ids]
        group_of, state = self.assembly.group_of, rng.bit_generator.state
        found = []
        for model, values in enumerate(fixed):
            rng.bit_generator.state = state  # all models have the same draws of people
            found.append(
                deviations_of_subject_mean(
                    values,
                    drawn[:, model],
                    n_stimuli=len(ids) if group_of is None else len({group_of.get(each, each) for each in ids}),
                    strata=len(tables) if group_of is None else 1,
                    stimulus_set=set_name(ids),
                    subjects=people,
                    rng=rng,
                )
            )
        return found


def consistency_worlds(
    metric: ErrorConsistencyMetric, assembly: BehaviouralAssembly, models: Mapping[str, Choices | None]
) -> ConsistencyWorlds:
    """The answers that worlds are made from; models that cannot choose are left out.

    Raises InvalidDataError for fewer than two people or two models that choose, and for models that answered different
    stimuli.
    """
    humans = assembly.within(scored_conditions(assembly, excluded=metric.excluded))
    able = {name: each for name, each in models.items() if each is not None}
    if len(able) < 2:
        raise InvalidDataError(f"{len(able)} of the models can choose; recovery is of two or more")
    answered = {name: with_people(model_trials(each, humans), humans)[0] for name, each in able.items()}
    conditions = []
    for condition in humans.conditions:
        tables = [each[condition] for each in answered.values()]
        ids = {each.stimulus_ids for each in tables}
        if len(ids) > 1:
            raise InvalidDataError(f"The models answered different stimuli of {condition}; recovery is of the same")
        first = tables[0]
        people = Correctness(first.observers[1:], first.stimulus_ids, first.correct[1:], first.shown[1:])
        conditions.append(Condition(np.stack([each.correct[0] for each in tables]), people, np.nan))
    return ConsistencyWorlds(metric, assembly, tuple(able), _with_agreement(conditions, humans, metric))


def _with_agreement(
    conditions: Sequence[Condition], humans: BehaviouralAssembly, metric: ErrorConsistencyMetric
) -> tuple[Condition, ...]:
    """The conditions with how much two people agree there; as in the others where nobody errs."""
    tables, pairs = between_people(humans)
    found = consistency_of(tables, pairs, convention=UndefinedKappa.RAW, minimum=metric.minimum_shared)
    by_condition = dict(zip(tables, mean_of_defined(found.values("kappa").T), strict=True))
    usual = float(mean_of_defined(np.array(list(by_condition.values()))[:, None])[0])
    kappas = [float(np.nan_to_num(by_condition[each], nan=usual)) for each in humans.conditions]
    return tuple(Condition(each.models, each.people, kappa) for each, kappa in zip(conditions, kappas, strict=True))


def _kappas(
    condition: Condition, right: Bool[ndarray, "worlds people stimuli"], metric: ErrorConsistencyMetric
) -> Float[ndarray, "worlds models people"]:
    """Each model's kappa with each person; NaN where they share too few trials."""
    counts = _counts(condition, right)
    kappa = kappa_of(counts, convention=metric.convention)
    kappa[counts.trials < _fewest(condition, metric)] = np.nan
    return kappa


def _fewest(condition: Condition, metric: ErrorConsistencyMetric) -> int:
    return max(1, min(metric.minimum_shared, len(condition.people.stimulus_ids)))


def _counts(condition: Condition, right: Bool[ndarray, "worlds people stimuli"]) -> PairCounts:
    worlds, people, stimuli = right.shape
    models, shown = condition.models.astype(np.float32), condition.people.shown.astype(np.float32)
    rows = right.astype(np.float32).reshape(-1, stimuli)
    shape = (worlds, len(models), people)
    both = (rows @ models.T).reshape(worlds, people, len(models)).transpose(0, 2, 1)
    second = rows.sum(axis=1).reshape(worlds, 1, people)
    return PairCounts(
        np.broadcast_to(shown.sum(axis=1), shape).astype(np.float64),
        np.broadcast_to(models @ shown.T, shape).astype(np.float64),
        np.broadcast_to(second, shape).astype(np.float64),
        both.astype(np.float64),
    )


def _drawn_kappa(
    condition: Condition,
    right: Bool[ndarray, "people stimuli"],
    counts: ndarray,
    metric: ErrorConsistencyMetric,
) -> Float[ndarray, "draws models people"]:
    """Kappa on draws of a condition's stimuli, moved by what each adds to it; NaN where too few are shared."""
    found = _counts(condition, right[None])
    kappa = kappa_of(found, convention=metric.convention)[0]
    n, a, b, both = (each[0] for each in found)
    influence = _influence(condition, right, PairCounts(n, a, b, both), kappa)
    kappa[n < _fewest(condition, metric)] = np.nan
    flat = influence.reshape(-1, influence.shape[2])
    moved = (counts - 1).astype(np.float32) @ flat.T
    return np.asarray(kappa + moved.reshape(len(counts), *kappa.shape), dtype=np.float64)


def _influence(
    condition: Condition,
    right: Bool[ndarray, "people stimuli"],
    found: PairCounts,
    kappa: Float[ndarray, "models people"],
) -> Float32[ndarray, "models people stimuli"]:
    """The derivative of kappa = 2 (n c - a b) / (n (a + b) - 2 a b) in each stimulus's weight; 0 where it is 0 / 0."""
    n, a, b, both = (each[:, :, None].astype(np.float32) for each in found)
    seen = condition.people.shown.astype(np.float32)[None]
    model, person = condition.models[:, None].astype(np.float32) * seen, right.astype(np.float32)[None]
    product = model * b + a * person
    above = 2 * (seen * both + n * model * person - product)
    below = seen * (a + b) + n * (model + person) - 2 * product
    total = n * (a + b) - 2 * a * b
    value = np.where(total > 0, 2 * (n * both - a * b), 0) / np.where(total > 0, total, 1)
    return np.where(total > 0, (above - value * below) / np.where(total > 0, total, 1), 0).astype(np.float32)
