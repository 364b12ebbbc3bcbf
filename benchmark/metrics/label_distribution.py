"""The benchmark metric of label distributions: whether a model doubts the images that people disagree on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.label_agreement import (
    attainable_correlation,
    calibration_error,
    cross_entropy,
    entropy_correlation,
    information,
    modal_accuracy,
    normalised,
)
from brainrank.benchmark.metrics.behaviour.label_halves import Halves, expected_shares, split_halves
from brainrank.benchmark.metrics.behaviour.probabilities import aligned_probabilities
from brainrank.benchmark.statistics.resampling import stimulus_counts, units_of
from brainrank.benchmark.statistics.uncertainty import deviations, set_name, spread, student_interval
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
from brainrank.benchmark.types.score import Detail, Draws, NoiseCeiling, Score
from brainrank.benchmark.types.trials import Choices, LabelDistributions, why_no_probabilities

CEILING_DRAWS = 200
UNIT = "information"
AT_MOST_ONE = (-np.inf, 1.0)


@dataclass(frozen=True)
class LabelDistributionMetric(Metric):
    """Mean over images of 1 - CE / log K: 0 is the uniform guess, 1 certainty about what everyone answered.

    CE is the cross-entropy of the model's probabilities with people's shares (docs/decisions/label-distributions.md).
    The lower ceiling is what one half of the people tells of the other, over `splits` random halves; the upper is what
    people's shares tell of themselves, which nothing can exceed. `seed` decides halves and draws.
    """

    name: ClassVar[str] = "label-distribution"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.CHOICES
    measures: ClassVar[tuple[Measure, ...]] = (Measure.LABELS,)
    declarable: ClassVar[tuple[Measure, ...] | None] = ()
    support: ClassVar[tuple[float, float]] = AT_MOST_ONE
    words: ClassVar[str] = (
        "Label distribution: does the model doubt the stimuli that people disagree on? 1 less the cross-entropy of its "
        "probabilities with people’s shares, as a part of that of a uniform guess: 0 for the guess, 1 for certainty "
        "about what everybody answered. The ceiling is what half of the people tell of the other half."
    )
    citation: ClassVar[str] = "Peterson, Battleday, Griffiths & Russakovsky 2019"

    splits: int = parameter(10, "random halves of the people behind the ceiling", least=1)
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def unit(self) -> str:
        """Information, as a share of certainty about what everybody answered."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Any number; of one there is no interval."""
        return 1

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's probabilities on the assembly's images.

        NaN, with the reason, when the model has none (it cannot choose, or its choices were recorded without), or gives
        probability 0 to an answer that people gave, which makes its cross-entropy infinite. Raises InvalidDataError
        when images or categories are missing.
        """
        return self._score(choices_of(evidence, self), of_kind(assembly, LabelDistributions, self))

    def _score(self, choices: Choices | None, assembly: LabelDistributions) -> Score:
        if choices is None or choices.probabilities is None:
            return self.unscored(why_no_probabilities(choices), assembly)
        predicted = normalised(
            aligned_probabilities(choices, choices.probabilities, assembly.stimulus_ids, assembly.categories)
        )
        values = information(predicted, assembly.shares)
        impossible = np.flatnonzero(~np.isfinite(values))
        if impossible.size:
            first = ", ".join(assembly.stimulus_ids[place] for place in impossible[:3])
            reason = f"probability 0 for an answer that people gave to {first} ({impossible.size} images in all)"
            return self.unscored(f"{reason}: the cross-entropy is infinite", assembly)
        value = float(values.mean())
        draws = self._draws(values, assembly, self.draws, stream=0)
        measured = _measures(predicted, assembly.shares)
        return Score(
            value=value,
            unit=UNIT,
            interval=student_interval(value, spread([draws]), support=AT_MOST_ONE),
            ceiling=self.ceiling(assembly),
            details=tuple(Detail(each.name, measured[each.name], each.reference) for each in self.references(assembly)),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """What half of the people tells of the other half, and what people's shares tell of themselves."""
        assembly = of_kind(assembly, LabelDistributions, self)
        told = np.mean(
            [information(expected_shares(h.first), _shares(h.second)) for h in self._halves(assembly)], axis=0
        )
        lower = float(told.mean())
        draws = self._draws(told, assembly, CEILING_DRAWS, stream=2)
        interval = student_interval(lower, spread([draws]), support=AT_MOST_ONE)
        return NoiseCeiling(lower, float(information(assembly.shares, assembly.shares).mean()), interval=interval)

    def references(self, assembly: Assembly) -> tuple[Detail, ...]:
        """Each measure with half of the people in the model's place and the other half as people.

        Entropies of half of the answers are noisier than those of all: their correlation is corrected, and is the
        highest that a model can expect to reach.
        """
        halves = self._halves(of_kind(assembly, LabelDistributions, self))
        measured = [_measures(expected_shares(h.first), _shares(h.second)) for h in halves]
        between = [entropy_correlation(_shares(h.first), _shares(h.second)) for h in halves]
        reached = {name: float(np.mean([each[name] for each in measured])) for name in measured[0]}
        reached["entropy correlation"] = attainable_correlation(float(np.mean(between)))
        return tuple(Detail(name, np.nan, value) for name, value in reached.items())

    def _halves(self, assembly: LabelDistributions) -> list[Halves]:
        rng = np.random.default_rng([self.seed, 1])
        return [split_halves(assembly.counts, rng=rng) for _ in range(self.splits)]

    def _draws(
        self, values: Float[ndarray, " stimuli"], assembly: LabelDistributions, draws: int, *, stream: int
    ) -> Draws:
        """The mean of the images' values on draws of images, or of groups of them, the same for every model."""
        units = units_of(assembly.groups, len(values))
        rng = np.random.default_rng([self.seed, stream, len(values)])
        counts = stimulus_counts(len(values), draws=draws, rng=rng, units=units)
        return deviations(
            counts @ values / counts.sum(axis=1),
            n_stimuli=int(units.max()) + 1,
            stimulus_set=set_name(assembly.stimulus_ids),
        )


def _measures(
    predicted: Float[ndarray, "stimuli categories"], shares: Float[ndarray, "stimuli categories"]
) -> Mapping[str, float]:
    return {
        "cross-entropy": float(cross_entropy(predicted, shares).mean()),
        "accuracy": modal_accuracy(predicted, shares),
        "calibration error": calibration_error(predicted, shares),
        "entropy correlation": entropy_correlation(predicted, shares),
    }


def _shares(counts: Int[ndarray, "stimuli categories"]) -> Float[ndarray, "stimuli categories"]:
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))
