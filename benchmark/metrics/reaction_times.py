"""The reaction-time metric: whether people are slow on the images that a model is unsure of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.probabilities import aligned_probabilities
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.behaviour.reaction_times import (
    Times,
    doubt,
    drawn_correlations,
    mean_of_others,
    rank_correlations,
    standardised_times,
)
from brainrank.benchmark.statistics.resampling import stimulus_counts, units_of
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    deviations_of_subject_mean,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    choices_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Detail, Draws, NoiseCeiling, Score, SubjectScore
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices, why_no_probabilities

CEILING_DRAWS = 200
FEWEST_UNITS = 8
FEWEST_TRIALS = 20
UNIT = "rho"


@dataclass(frozen=True)
class ReactionTimesMetric(Metric):
    """Spearman's correlation over images of a person's reaction times and a model's doubt, mean over people.

    Times are of right answers, as logarithms, standardised within a person; times and doubt are less the mean of their
    category. People with fewer than `minimum_trials` of
    them are left out. The ceiling is what the mean of the others tells of a person's times.
    """

    name: ClassVar[str] = "reaction-times"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.CHOICES
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TRIALS,)
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "Reaction times: are people slow on the images that the model is unsure of? Spearman’s correlation over images "
        "of a person’s times, of right answers, and of minus the model’s margin between its two most probable "
        "categories, mean over people, both less their mean over the images of a category, as some are found sooner "
        "among the answers. Positive where slow images are doubtful ones; unrelated ones have 0. The noise "
        "ceiling is the correlation of a person’s times with the mean of the others’ (below) or of everybody’s "
        "(above)."
    )
    citation: ClassVar[str] = "Spearman 1904; Huber, Geirhos & Wichmann 2023 (trials)"

    minimum_trials: int = parameter(FEWEST_TRIALS, "right answers that a person must have to count", least=8)
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def unit(self) -> str:
        """A rank correlation."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Of fewer images there is hardly an interval."""
        return FEWEST_UNITS

    def require(self, assembly: Assembly) -> None:
        """Raise InvalidDataError where nobody has enough right answers with a time."""
        if not self._times(of_kind(assembly, BehaviouralAssembly, self)).people:
            raise InvalidDataError(
                f"{self.name}: nobody has {self.minimum_trials} right answers with a reaction time; ask for fewer by "
                "minimum_trials"
            )

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's probabilities on the images that people judged.

        NaN, with the reason, when the model has none (it cannot choose, or its choices were recorded without), or is as
        sure of every image. Raises InvalidDataError when it lacks images or categories.
        """
        choices, found = choices_of(evidence, self), of_kind(assembly, BehaviouralAssembly, self)
        self.require(found)
        if choices is None or choices.probabilities is None:
            return self.unscored(why_no_probabilities(choices), found)
        return self._score(choices, choices.probabilities, found)

    def _score(
        self, choices: Choices, probabilities: Float[ndarray, "images names"], assembly: BehaviouralAssembly
    ) -> Score:
        times = self._times(assembly)
        aligned = aligned_probabilities(choices, probabilities, times.stimulus_ids, assembly.categories)
        doubts = np.broadcast_to(doubt(aligned), times.z.shape)
        rho = rank_correlations(times.z, doubts, category=times.category)
        defined = ~np.isnan(rho)
        if not defined.any():
            return self.unscored("the model is as sure of every image of a category as of the others", assembly)
        value = float(rho[defined].mean())
        draws = self._draws(rho, doubts, times, assembly, draws=self.draws, stream=0)
        return Score(
            value=value,
            unit=UNIT,
            interval=student_interval(value, spread([draws]), support=CORRELATION),
            ceiling=self.ceiling(assembly),
            per_subject=tuple(map(SubjectScore, times.people, rho.tolist())),
            details=tuple(self._details(rho, times, assembly)),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """Below, a person's times with the mean of the others'; above, with the mean of all. NaN for one person."""
        found = of_kind(assembly, BehaviouralAssembly, self)
        times = self._times(found)
        if len(times.people) < 2:
            return NoiseCeiling(np.nan, np.nan, f"fewer than two people have {self.minimum_trials} right answers")
        others = mean_of_others(times.z)
        lower = rank_correlations(times.z, others, category=times.category)
        if np.isnan(lower).all():
            return NoiseCeiling(np.nan, np.nan, "no two people have times of the same images")
        everybody = np.broadcast_to(mean_of_defined(times.z), times.z.shape)
        upper = rank_correlations(times.z, everybody, category=times.category)
        draws = self._draws(lower, others, times, found, draws=CEILING_DRAWS, stream=2)
        middle = float(np.nanmean(lower))
        interval = student_interval(middle, spread([draws]), support=CORRELATION)
        left_out = len(found.observers) - len(times.people)
        reason = f"{left_out} people with fewer than {self.minimum_trials} right answers are left out"
        return NoiseCeiling(middle, float(np.nanmean(upper)), reason if left_out else "", interval)

    def references(self, assembly: Assembly) -> tuple[Detail, ...]:
        """What people reach with the others under each condition, where there are several."""
        found = of_kind(assembly, BehaviouralAssembly, self)
        times = self._times(found)
        return tuple(self._details(np.full(len(times.people), np.nan), times, found))

    def _times(self, assembly: BehaviouralAssembly) -> Times:
        return standardised_times(assembly, minimum=self.minimum_trials)

    def _details(self, rho: Float[ndarray, " people"], times: Times, assembly: BehaviouralAssembly) -> Iterator[Detail]:
        """The mean over the people who have trials under each condition, beside what each has with all others."""
        if len(assembly.conditions) < 2:
            return
        own = rank_correlations(times.z, mean_of_others(times.z), category=times.category)
        for condition in assembly.conditions:
            there = np.isin(times.people, assembly.within([condition]).observers)
            means = [float(mean_of_defined(each[there][:, None])[0]) for each in (rho, own)]
            yield Detail(condition, *means)

    def _draws(
        self,
        fixed: Float[ndarray, " people"],
        others: Float[ndarray, "people stimuli"],
        times: Times,
        assembly: BehaviouralAssembly,
        *,
        draws: int,
        stream: int,
    ) -> Draws:
        """How a mean over people deviates on draws of images, of people, and of both."""
        groups = assembly.group_of or {}
        units = units_of([groups.get(each, each) for each in times.stimulus_ids], len(times.stimulus_ids))
        rng = np.random.default_rng([self.seed, stream, len(fixed)])
        counts = stimulus_counts(len(units), draws=draws, rng=rng, units=units)
        defined = ~np.isnan(fixed)
        drawn = drawn_correlations(times.z[defined], others[defined], category=times.category, counts=counts)
        return deviations_of_subject_mean(
            fixed[defined],
            drawn,
            n_stimuli=len(np.unique(units)),
            stimulus_set=set_name(times.stimulus_ids),
            subjects=[who for who, there in zip(times.people, defined, strict=True) if there],
            rng=rng,
        )
