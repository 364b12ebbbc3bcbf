"""The RSA benchmark metric: which layer, how similar, how sure.

The stimuli are split into two halves. A layer is chosen on one half and reported on the other, both ways, averaged: the
best layer is never judged on the stimuli it was chosen by. Layer curve and ceiling are means of the two halves, too, so
that all stand on the same pairs. Choosing the layer again on every bootstrap draw puts its uncertainty into the
interval. Groups of stimuli are in one half, and are drawn as wholes. Few stimuli are compared anew on each draw; many
are compared once, and a draw moves that (rdms/drawn_similarity.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.drawn_similarity import compared_anew
from brainrank.benchmark.metrics.rdms.layers_on_halves import layers_by_influence, layers_compared_anew
from brainrank.benchmark.metrics.rdms.noise_ceiling import CeilingOnDraws, noise_ceiling_on_draws
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS
from brainrank.benchmark.metrics.rdms.response_rdms import check_rdm, rdm_of_responses
from brainrank.benchmark.statistics.halves import (
    FEWEST_UNITS,
    Half,
    counts_of_halves,
    draws_of_halves,
    halves_with_units,
    score_of_halves,
)
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.statistics.uncertainty import CORRELATION, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.assemblies import NeuralAssembly, RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.condensed import restricted
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
# Of an RDM on a device: values, order, ties, and what pairs do to its comparison with itself. While two are compared,
# as much as that of so many RDMs is held.
BYTES_OF_A_PAIR, WORKED_ON = 32, 12


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
        names = names_of(layers)
        ceiling, halves = self.ceiling(assembly), self._halves(assembly)
        counts = self._counts(halves, assembly, draws=self.draws, stream=1)
        compare_layers = layers_compared_anew if compared_anew(_n_units(assembly)) else layers_by_influence
        found = compare_layers(layers, assembly.rdms, halves, counts, self.dissimilarity, self.comparator)
        curve = np.mean(found.fixed, axis=0)[0].mean(axis=1)
        if not found.varies.any():
            undefined = tuple(LayerScore(name, float(value)) for name, value in zip(names, curve, strict=True))
            reason = self._why_undefined(assembly, some_layer=bool(found.defined.any()))
            return Score(
                np.nan, self.comparator, Interval(np.nan, np.nan), ceiling, layer_curve=undefined, reason=reason
            )
        similarities = [fixed[:, found.varies] for fixed in found.fixed]
        return score_of_halves(
            similarities,
            found.drawn,
            self._draws(counts, similarities, found.drawn, assembly),
            layers=names,
            defined=found.varies,
            curve=curve,
            subjects=assembly.subjects,
            unit=self.comparator,
            support=CORRELATION,
            ceiling=ceiling,
        )

    def device_bytes(self, assembly: Assembly) -> int | None:
        """What comparing RDMs of a half takes where draws go by influences; None for what NumPy compares.

        That is: by comparators that are no sums over pairs, and of so few units that each draw is compared anew.
        """
        assembly = neural(assembly, self)
        n_units = int(units_of(assembly.groups, len(assembly.stimulus_ids)).max()) + 1
        if self.comparator not in OF_PAIRS or compared_anew(n_units):
            return None
        n_subjects = len(assembly.rdms) if isinstance(assembly, RdmAssembly) else 1
        return BYTES_OF_A_PAIR * (n_subjects + WORKED_ON) * len(assembly.stimulus_ids) ** 2 // 8

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
        halves = self._halves(assembly)
        counts = self._counts(halves, assembly, draws=CEILING_DRAWS, stream=2)
        found = [
            noise_ceiling_on_draws(
                restricted(assembly.rdms, half.stimuli),
                of_half,
                units=half.units,
                anew=compared_anew(_n_units(assembly)),
                comparator=self.comparator,
            )
            for half, of_half in zip(halves, counts, strict=True)
        ]
        lower, upper = np.mean([[each.ceiling.lower, each.ceiling.upper] for each in found], axis=0)
        reason = next((each.ceiling.reason for each in found if each.ceiling.reason), "")
        interval = None if np.isnan(lower) else self._ceiling_interval(float(lower), found, counts, assembly)
        return NoiseCeiling(float(lower), float(upper), reason, interval)

    def _why_undefined(self, assembly: RdmAssembly, *, some_layer: bool) -> str:
        halves = self._halves(assembly)
        constant = [
            subject
            for number, subject in enumerate(assembly.subjects)
            if any(np.ptp(restricted(assembly.rdms[number : number + 1], half.stimuli)) == 0 for half in halves)
        ]
        if constant:
            return f"the RDM of {', '.join(constant[:5])} does not vary over a half of the stimuli"
        what = "does not vary over a half of the stimuli" if some_layer else "is undefined"
        return f"every layer's RDM {what}: its activations are constant or not finite for some stimulus"

    def _ceiling_interval(
        self,
        lower: float,
        found: Sequence[CeilingOnDraws],
        counts: Sequence[Int[ndarray, "draws _"]],
        assembly: RdmAssembly,
    ) -> Interval:
        """Of the lower ceiling: each subject against the pool of the others, which stay those that they are."""
        fixed, drawn = [each.fixed[None, None] for each in found], [each.drawn[:, None] for each in found]
        return student_interval(lower, spread([self._draws(counts, fixed, drawn, assembly)]), support=CORRELATION)

    def _halves(self, assembly: RdmAssembly) -> Sequence[Half]:
        return halves_with_units(assembly, seed=self.seed, name=self.name)

    def _counts(
        self, halves: Sequence[Half], assembly: RdmAssembly, *, draws: int, stream: int
    ) -> list[Int[ndarray, "draws _"]]:
        return counts_of_halves([half.stimuli for half in halves], assembly, draws=draws, seed=self.seed, stream=stream)

    def _draws(
        self,
        counts: Sequence[Int[ndarray, "draws _"]],
        fixed: Sequence[Float[ndarray, "1 layers subjects"]],
        drawn: Sequence[Float[ndarray, "draws layers subjects"]],
        assembly: RdmAssembly,
    ) -> Draws:
        """Of influences the draws are linear in the counts already."""
        return draws_of_halves(
            fixed,
            drawn,
            stimulus_ids=assembly.stimulus_ids,
            groups=assembly.groups,
            subjects=assembly.subjects,
            seed=self.seed,
            counts=counts if compared_anew(_n_units(assembly)) else None,
        )


def _n_units(assembly: RdmAssembly) -> int:
    return int(units_of(assembly.groups, len(assembly.stimulus_ids)).max()) + 1
