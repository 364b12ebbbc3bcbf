"""Metrics that say how alike a layer and a region are, from a matrix of stimuli by stimuli of each.

The layer is chosen on one half of the stimuli and reported on the other, both ways, averaged (statistics/halves.py).
Draws with replacement would hold some stimuli twice, and a stimulus is as like its copy in the one representation as in
the other: the similarity of what has nothing in common would rise. So a draw moves a similarity by what each stimulus,
or group, that is in it more or less often than once does to the value, to first order.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.repeats import has_two_of_each, mean_over_repeats, repeat_halves
from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined
from brainrank.benchmark.statistics.halves import (
    FEWEST_UNITS,
    Half,
    counts_of_halves,
    draws_of_halves,
    halves_with_units,
    score_of_halves,
)
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.statistics.uncertainty import CORRELATION, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.assemblies import NeuralAssembly, RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    layers_of,
    neural,
    parameter,
)
from brainrank.benchmark.types.score import Draws, Interval, LayerScore, NoiseCeiling, Score

CEILING_DRAWS = 200
CEILING_SPLITS = 10
CEILING_STREAM = 2
AVERAGED = "some stimuli, or all, have one response, or one averaged over repeats"
"""Why there is no ceiling of responses without repeats."""


class Bounds(NamedTuple):
    """How alike two measurements of the same are, and how alike one of them and all are."""

    lower: Similarity
    upper: Similarity


class _Found(NamedTuple):
    """Similarities in one half, and the influence of its units on them."""

    values: Float[ndarray, "layers subjects"]
    influence: Float[ndarray, "layers subjects units"]


@dataclass(frozen=True)
class AlignmentMetric(Metric):
    """The similarity of a layer to a region, by a matrix of stimuli by stimuli of either."""

    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RDMS, Measure.RESPONSES)
    support: ClassVar[tuple[float, float]] = CORRELATION

    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def fewest_units(self) -> int:
        """Four in each half."""
        return FEWEST_UNITS

    @abstractmethod
    def of_layer(self, layer: LayerGram) -> Float[ndarray, "stimuli stimuli"]:
        """The matrix of a layer: Gram matrix, or distances."""

    @abstractmethod
    def of_responses(self, responses: Float[ndarray, "stimuli targets"]) -> Float[ndarray, "stimuli stimuli"]:
        """The matrix of responses, one for each stimulus."""

    @abstractmethod
    def of_rdm(self, rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
        """The matrix of a subject's RDM."""

    @abstractmethod
    def represented(
        self, matrix: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"]
    ) -> Shaped[ndarray, "stimuli columns"]:
        """What of a matrix is compared, worked out once for many comparisons."""

    @abstractmethod
    def similarity(
        self,
        first: Shaped[ndarray, "stimuli columns"],
        second: Shaped[ndarray, "stimuli columns2"],
        units: Int[ndarray, " stimuli"],
    ) -> Similarity:
        """How alike two representations (`represented`) are; NaN where one of them does not vary."""

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against an assembly on the same stimuli in the same order.

        The score is NaN, with the reason, when no layer has a defined similarity. Raises InvalidDataError for fewer
        than `fewest_units` stimuli, or groups of them, and as `require`.
        """
        layers, assembly = layers_of(evidence, self), neural(assembly, self)
        self.require(assembly)
        ceiling, halves = self.ceiling(assembly), self._halves(assembly)
        subjects, matrices = self._matrices(assembly)
        regions = [[self.represented(half.of(each), half.units) for each in matrices] for half in halves]
        rows = [self._examined(layer, halves, regions) for layer in layers]
        found = [_Found(*map(np.stack, zip(*(row[number] for row in rows), strict=True))) for number in (0, 1)]
        curve = np.mean([each.values.mean(axis=1) for each in found], axis=0)
        defined = np.isfinite(curve)
        if not defined.any():
            undefined = tuple(LayerScore(name, np.nan) for name in names_of(layers))
            reason = "no layer and region both vary, and are finite, over each half of the stimuli"
            nothing = Interval(np.nan, np.nan)
            return Score(np.nan, self.unit, nothing, ceiling, layer_curve=undefined, reason=reason)
        found = [_Found(each.values[defined], each.influence[defined]) for each in found]
        fixed = [each.values[None] for each in found]
        drawn = self._drawn(found, halves, assembly, draws=self.draws, stream=1)
        return score_of_halves(
            fixed,
            drawn,
            self._draws(fixed, drawn, assembly, subjects),
            layers=names_of(layers),
            defined=defined,
            curve=curve,
            subjects=subjects,
            unit=self.unit,
            support=self.support,
            ceiling=ceiling,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """How alike measurements of the same are: of RDMs, each subject's and the mean of the others' (lower) or of all
        (upper); of responses, as `of_repeats` says of the means of a random half of the repeats, of the others and of
        all.

        Mean of the two halves of the stimuli. NaN, with the reason, where subjects were pooled, or are one, or some
        stimulus was presented once.
        """
        assembly = neural(assembly, self)
        if reason := self.why_no_ceiling(assembly):
            return NoiseCeiling(np.nan, np.nan, reason)
        halves, lower, upper = self._halves(assembly), [], []
        between = self.of_subjects if isinstance(assembly, RdmAssembly) else self.of_repeats
        measured = self._measured_twice(assembly)
        for half in halves:
            pairs = list[Bounds]()
            for three in measured:
                one, others, everything = (self.represented(half.of(each), half.units) for each in three)
                pairs.append(between(one, others, everything, half.units))
            lower.append(_stacked([pair.lower for pair in pairs]))
            upper.append(float(np.mean([pair.upper.value for pair in pairs])))
        low, high = float(np.mean([each.values.mean() for each in lower])), float(np.mean(upper))
        if np.isnan([low, high]).any():
            return NoiseCeiling(np.nan, np.nan, "a part of what was measured does not vary over a half of the stimuli")
        means = [_Found(each.values.mean().reshape(1, 1), each.influence.mean(axis=0)[None, None]) for each in lower]
        drawn = self._drawn(means, halves, assembly, draws=CEILING_DRAWS, stream=CEILING_STREAM)
        draws = self._draws([each.values[None] for each in means], drawn, assembly, (assembly.region,))
        return NoiseCeiling(low, high, "", student_interval(low, spread([draws]), support=self.support))

    def why_no_ceiling(self, assembly: NeuralAssembly) -> str:
        """Why what was measured tells of no ceiling; nothing where it does."""
        if isinstance(assembly, ResponseAssembly):
            return "" if has_two_of_each(assembly.responses) else AVERAGED
        if assembly.pooled:
            return "the study published one RDM for all subjects together"
        return "" if len(assembly.subjects) > 1 else "there is one subject, and a noise ceiling needs several"

    def of_subjects(
        self,
        one: Shaped[ndarray, "stimuli columns"],
        others: Shaped[ndarray, "stimuli columns2"],
        everything: Shaped[ndarray, "stimuli columns3"],
        units: Int[ndarray, " stimuli"],
    ) -> Bounds:
        """A subject and the mean of the others; a subject and the mean of all."""
        return Bounds(self.similarity(one, others, units), self.similarity(one, everything, units))

    def of_repeats(
        self,
        one: Shaped[ndarray, "stimuli columns"],
        others: Shaped[ndarray, "stimuli columns2"],
        everything: Shaped[ndarray, "stimuli columns3"],
        units: Int[ndarray, " stimuli"],
    ) -> Bounds:
        """A half of the repeats and the other half; a half and all."""
        return self.of_subjects(one, others, everything, units)

    def _halves(self, assembly: NeuralAssembly) -> Sequence[Half]:
        return halves_with_units(assembly, seed=self.seed, name=self.name, fewest=self.fewest_units)

    def _matrices(self, assembly: NeuralAssembly) -> tuple[Sequence[str], list[Float[ndarray, "stimuli stimuli"]]]:
        if isinstance(assembly, RdmAssembly):
            return assembly.subjects, [self.of_rdm(rdm) for rdm in assembly.rdms]
        return (assembly.region,), [self.of_responses(mean_over_repeats(assembly.responses))]

    def _examined(
        self, layer: LayerGram, halves: Sequence[Half], regions: Sequence[Sequence[Shaped[ndarray, "stimuli columns"]]]
    ) -> list[_Found]:
        """A layer's similarities to every subject, in each half; one layer's matrices are in memory at a time."""
        matrix, rows = self.of_layer(layer), []
        for half, subjects in zip(halves, regions, strict=True):
            mine = half.of(matrix)
            if not np.isfinite(mine[~np.eye(len(mine), dtype=bool)]).all():
                nothing = undefined(int(half.units.max()) + 1)
                rows.append(_stacked([nothing for _ in subjects]))
                continue
            here = self.represented(mine, half.units)
            rows.append(_stacked([self.similarity(here, each, half.units) for each in subjects]))
        return rows

    def _measured_twice(self, assembly: NeuralAssembly) -> list[tuple[ndarray, ndarray, ndarray]]:
        """Matrices of one part of what was measured, of the rest, and of all; several such divisions."""
        if isinstance(assembly, RdmAssembly):
            everything, n = assembly.rdms.mean(axis=0), len(assembly.subjects)
            return [
                (self.of_rdm(rdm), self.of_rdm((n * everything - rdm) / (n - 1)), self.of_rdm(everything))
                for rdm in assembly.rdms.astype(np.float64)
            ]
        rng = np.random.default_rng([self.seed, CEILING_STREAM])
        everything = self.of_responses(mean_over_repeats(assembly.responses))
        halves = [repeat_halves(assembly.responses, rng=rng) for _ in range(CEILING_SPLITS)]
        return [(self.of_responses(each.first), self.of_responses(each.second), everything) for each in halves]

    def _drawn(
        self, found: Sequence[_Found], halves: Sequence[Half], assembly: NeuralAssembly, *, draws: int, stream: int
    ) -> list[Float[ndarray, "draws layers subjects"]]:
        counts = counts_of_halves(
            [half.stimuli for half in halves], assembly, draws=draws, seed=self.seed, stream=stream
        )
        of_units = [counts_of_units(each, half.units) for each, half in zip(counts, halves, strict=True)]
        return [
            each.values + np.tensordot(count - 1.0, each.influence, axes=(1, 2))
            for each, count in zip(found, of_units, strict=True)
        ]

    def _draws(
        self,
        fixed: Sequence[Float[ndarray, "1 layers subjects"]],
        drawn: Sequence[Float[ndarray, "draws layers subjects"]],
        assembly: NeuralAssembly,
        subjects: Sequence[str],
    ) -> Draws:
        return draws_of_halves(
            fixed,
            drawn,
            stimulus_ids=assembly.stimulus_ids,
            groups=assembly.groups,
            subjects=subjects,
            seed=self.seed,
        )


def _stacked(similarities: Sequence[Similarity]) -> _Found:
    return _Found(np.array([each.value for each in similarities]), np.stack([each.influence for each in similarities]))
