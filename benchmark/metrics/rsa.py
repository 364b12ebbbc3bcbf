"""The RSA benchmark metric: which layer, how similar, how sure.

The stimuli are split into two halves. A layer is chosen on one half and reported on the other, both ways, averaged: the
best layer is never judged on the stimuli it was chosen by. Layer curve and ceiling are means of the two halves, too, so
that all stand on the same pairs. Choosing the layer again on every bootstrap draw puts its uncertainty into the
interval. Groups of stimuli are in one half, and are drawn as wholes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling, similarity_to_others
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rdms.response_rdms import check_rdm, rdm_of_responses
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.halves import (
    FEWEST_UNITS,
    counts_of_halves,
    draws_of_halves,
    score_of_halves,
    split_in_halves,
)
from brainrank.benchmark.statistics.uncertainty import CORRELATION, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.assemblies import NeuralAssembly, RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.condensed import pairs_among, stimuli_of_pairs
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    RdmDrawing,
    layers_of,
    neural,
    parameter,
)
from brainrank.benchmark.types.score import Draws, Interval, LayerScore, NoiseCeiling, Score

CEILING_DRAWS = 200


class _Half(NamedTuple):
    """One half of the stimuli: the RDMs of layers and subjects on it, and its bootstrap draws."""

    layers: Float[ndarray, "layers pairs"]
    subjects: Float[ndarray, "subjects pairs"]
    counts: Int[ndarray, "draws stimuli"]


@dataclass(frozen=True)
class RsaMetric(Metric):
    """Representational similarity (Kriegeskorte, Mur & Bandettini 2008; Nili et al. 2014).

    `seed` decides the halves and the draws of stimuli, so that all models, and benchmarks on the same images, share
    them.
    """

    name: ClassVar[str] = "rsa"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RDMS, Measure.RESPONSES)
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.RDMS,)
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "Representational similarity: for every two stimuli, how unlike are the model’s responses, and does that agree "
        "with how unlike the brain’s, or people’s judgements, are? The layer is chosen on one half of the stimuli and "
        "reported on the other, both ways. The noise ceiling is how well the subjects predict each other: below, by "
        "the other subjects; above, by all."
    )
    citation: ClassVar[str] = "Kriegeskorte, Mur & Bandettini 2008; Nili et al. 2014"

    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.CORRELATION, "how far apart two patterns of responses are", choices=tuple(Dissimilarity)
    )
    comparator: Comparator = parameter(Comparator.RHO_A, "how two RDMs are compared", choices=tuple(Comparator))
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def unit(self) -> str:
        """The comparator."""
        return self.comparator

    @property
    def fewest_units(self) -> int:
        """Four in each half."""
        return FEWEST_UNITS

    @property
    def drawing(self) -> RdmDrawing:
        """RDMs in the dissimilarity that is compared."""
        return RdmDrawing(self.dissimilarity, self.rdms)

    def require(self, assembly: Assembly) -> None:
        """Responses have an RDM. Raises InvalidDataError as `check_rdm`."""
        if isinstance(assembly, ResponseAssembly):
            check_rdm(assembly, self.dissimilarity)

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against an assembly on the same stimuli in the same order.

        The score is NaN, with the reason, when no layer has a defined similarity (constant or non-finite activations).
        Responses are compared by their RDM (`rdms`). Raises InvalidDataError for fewer than eight stimuli, or groups of
        them, and as `rdms`.
        """
        return self._score(layers_of(evidence, self), self.rdms(neural(assembly, self)))

    def _score(self, layers: Sequence[LayerGram], assembly: RdmAssembly) -> Score:
        rdms = np.stack([self._rdm(layer) for layer in layers])
        names = names_of(layers)
        ceiling = self.ceiling(assembly)
        defined = np.isfinite(rdms).all(axis=1)
        halves = self._halves(rdms[defined], assembly, draws=self.draws, stream=1)
        similarities = [compare(half.layers, half.subjects, self.comparator)[None] for half in halves]
        curve = np.full(len(layers), np.nan)
        curve[defined] = np.mean(similarities, axis=0)[0].mean(axis=1)
        varies = np.isfinite(similarities).all(axis=(0, 1, 3))
        if not varies.any():
            undefined = tuple(LayerScore(name, float(value)) for name, value in zip(names, curve, strict=True))
            reason = self._why_undefined(assembly, some_layer=bool(defined.any()))
            return Score(
                np.nan, self.comparator, Interval(np.nan, np.nan), ceiling, layer_curve=undefined, reason=reason
            )
        halves = [half._replace(layers=half.layers[varies]) for half in halves]
        similarities = [similarity[:, varies] for similarity in similarities]
        defined[defined] = varies
        drawn = [compare_resampled(half.layers, half.subjects, half.counts, self.comparator) for half in halves]
        return score_of_halves(
            similarities,
            drawn,
            self._draws(halves, similarities, drawn, assembly),
            layers=names,
            defined=defined,
            curve=curve,
            subjects=assembly.subjects,
            unit=self.comparator,
            support=CORRELATION,
            ceiling=ceiling,
        )

    def rdms(self, assembly: NeuralAssembly) -> RdmAssembly:
        """The RDMs that are compared; of responses, the one of their region. Errors as of `rdm_of_responses`."""
        return assembly if isinstance(assembly, RdmAssembly) else rdm_of_responses(assembly, self.dissimilarity)

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """Mean of the two halves' noise ceilings; NaN, with the reason, where subjects were pooled, or are one."""
        assembly = neural(assembly, self)
        if isinstance(assembly, ResponseAssembly):
            return NoiseCeiling(np.nan, np.nan, "the responses are one RDM, and a noise ceiling needs several subjects")
        if assembly.pooled:
            return NoiseCeiling(np.nan, np.nan, "the study published one RDM for all subjects together")
        ceilings = [noise_ceiling(_restrict(assembly.rdms, half), self.comparator) for half in self._split(assembly)]
        lower, upper = np.mean([[ceiling.lower, ceiling.upper] for ceiling in ceilings], axis=0)
        reason = next((each.reason for each in ceilings if each.reason), "")
        return NoiseCeiling(float(lower), float(upper), reason, self._ceiling_interval(assembly, float(lower)))

    def _why_undefined(self, assembly: RdmAssembly, *, some_layer: bool) -> str:
        constant = [
            subject
            for number, subject in enumerate(assembly.subjects)
            if any(np.ptp(_restrict(assembly.rdms[number : number + 1], half)) == 0 for half in self._split(assembly))
        ]
        if constant:
            return f"the RDM of {', '.join(constant[:5])} does not vary over a half of the stimuli"
        what = "does not vary over a half of the stimuli" if some_layer else "is undefined"
        return f"every layer's RDM {what}: its activations are constant or not finite for some stimulus"

    def _ceiling_interval(self, assembly: RdmAssembly, lower: float) -> Interval | None:
        """Of the lower ceiling: each subject against the pool of the others, which stay those that they are."""
        if np.isnan(lower):
            return None
        halves = self._halves(assembly.rdms[:0], assembly, draws=CEILING_DRAWS, stream=2)
        found = [similarity_to_others(half.subjects, half.counts, self.comparator) for half in halves]
        draws = self._draws(halves, [f.fixed[None, None] for f in found], [f.drawn[:, None] for f in found], assembly)
        return student_interval(lower, spread([draws]), support=CORRELATION)

    def _rdm(self, layer: LayerGram) -> Float[ndarray, " pairs"]:
        return rdm_from_gram(layer, self.dissimilarity)

    def _split(self, assembly: RdmAssembly) -> tuple[Int[ndarray, " first"], Int[ndarray, " second"]]:
        return split_in_halves(assembly, seed=self.seed, name=self.name)

    def _halves(
        self, rdms: Float[ndarray, "layers pairs"], assembly: RdmAssembly, *, draws: int, stream: int
    ) -> list[_Half]:
        halves = self._split(assembly)
        drawn = counts_of_halves(halves, assembly, draws=draws, seed=self.seed, stream=stream)
        return [
            _Half(layers=_restrict(rdms, half), subjects=_restrict(assembly.rdms, half), counts=counts)
            for half, counts in zip(halves, drawn, strict=True)
        ]

    def _draws(
        self,
        halves: Sequence[_Half],
        fixed: Sequence[Float[ndarray, "1 layers subjects"]],
        drawn: Sequence[Float[ndarray, "draws layers subjects"]],
        assembly: RdmAssembly,
    ) -> Draws:
        return draws_of_halves(
            fixed,
            drawn,
            stimulus_ids=assembly.stimulus_ids,
            groups=assembly.groups,
            subjects=assembly.subjects,
            seed=self.seed,
            counts=[half.counts for half in halves],
        )


def _restrict(rdms: Float[ndarray, "rdms pairs"], stimuli: Int[ndarray, " kept"]) -> Float[ndarray, "rdms kept_pairs"]:
    """The RDMs among some of the stimuli only."""
    return rdms[:, pairs_among(stimuli, stimuli_of_pairs(rdms.shape[1]))]
