"""The veRSA metric: representational similarity of the responses that an encoding model predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.halves import Bounds
from brainrank.benchmark.metrics.alignment.repeats import RepeatHalves, root_of_reliability
from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined, without_doubled_pairs
from brainrank.benchmark.metrics.held_out.division import Division
from brainrank.benchmark.metrics.held_out.encoded import encoded
from brainrank.benchmark.metrics.held_out.held_out_half import HeldOutHalfMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS, pair_influence
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.rdms.response_rdms import check_rdm
from brainrank.benchmark.statistics.halves import Half
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.condensed import pairs_of
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Content, layers_of, parameter

DISSIMILARITIES = (Dissimilarity.CORRELATION, Dissimilarity.COSINE, Dissimilarity.EUCLIDEAN)


@dataclass(frozen=True)
class VersaMetric(HeldOutHalfMetric[LayerGram]):
    """The similarity of the RDM of responses that ridge on one half of the stimuli predicts of the other to their own.

    Ridge is `encoded`'s, RDMs and comparators are those of `rsa`. Pairs of one group of stimuli are left out: they are
    near each other whatever is predicted.
    """

    name: ClassVar[str] = "versa"
    words: ClassVar[str] = (
        "Voxel-encoded representational similarity (veRSA): a layer’s features predict each neuron’s or voxel’s "
        "responses to one half of the stimuli by ridge on the other half; for every two stimuli, how unlike are the "
        "predicted responses, and does that agree with how unlike the measured ones are? Features count by what they "
        "predict, unlike in RSA. The layer is chosen inside the half that ridge is fitted on; both ways, averaged. The "
        "noise ceiling is what the true responses would score, by how alike two halves of the repeats are."
    )
    citation: ClassVar[str] = (
        "Khaligh-Razavi & Kriegeskorte 2014; Kaniuth & Hebart 2022; Conwell, Prince, Kay, Alvarez & Konkle 2024"
    )

    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.CORRELATION, "how far apart two patterns of responses are", choices=DISSIMILARITIES
    )
    comparator: Comparator = parameter(Comparator.RHO_A, "how two RDMs are compared", choices=tuple(OF_PAIRS))

    def __post_init__(self) -> None:
        if self.dissimilarity not in DISSIMILARITIES:
            raise InvalidDataError(
                f"versa by {self.dissimilarity}: predicted responses have no repeats; choose from "
                f"{', '.join(DISSIMILARITIES)}"
            )
        if self.comparator not in OF_PAIRS:
            raise InvalidDataError(
                f"versa compared by {self.comparator}: pairs of one group are left out, which it has no way to; choose "
                f"from {', '.join(OF_PAIRS)}"
            )

    @property
    def unit(self) -> str:
        """The comparator."""
        return self.comparator

    def require(self, assembly: Assembly) -> None:
        """Responses have an RDM. Raises InvalidDataError as `check_rdm`."""
        if isinstance(assembly, ResponseAssembly):
            check_rdm(assembly, self.dissimilarity)

    def layers(self, evidence: Content) -> Sequence[LayerGram]:
        """Its Gram matrices."""
        return layers_of(evidence, self)

    def judged(self, layer: LayerGram, responses: Float[ndarray, "stimuli targets"], divided: Division) -> Similarity:
        """The similarity of predicted to measured RDM; NaN where activations are not finite or no prediction varies."""
        rows = np.concatenate([divided.train.stimuli, divided.test.stimuli])
        if not np.isfinite(layer.gram[np.ix_(rows, rows)]).all():
            return undefined(divided.test.number_of_units)
        return self._similarity(encoded(layer.gram, responses, divided), responses[divided.test.stimuli], divided.test)

    def best(
        self, repeats: Sequence[RepeatHalves], _everything: Float[ndarray, "stimuli targets"], divided: Division
    ) -> Bounds:
        """What the true responses would score, sqrt(2 c / (1 + c)), c the mean similarity of two halves of the repeats.

        As for responses themselves (Spearman 1910; Brown 1910). The sign stays where halves contradict each other.
        Simulated in docs/decisions/versa.md.
        """
        rows = divided.test.stimuli
        found = [self._similarity(each.first[rows], each.second[rows], divided.test) for each in repeats]
        c = float(np.mean([each.value for each in found]))
        influence = np.mean([each.influence for each in found], axis=0)
        value = root_of_reliability(np.array(c))
        best = Similarity(float(value), root_of_reliability(c + influence) - value)
        return Bounds(best, best)

    def _similarity(
        self, first: Float[ndarray, "half targets"], second: Float[ndarray, "half targets"], half: Half
    ) -> Similarity:
        """The similarity of the RDMs of two responses to a half, over the pairs of different units."""
        left, right = (half.units[each] for each in pairs_of(len(half.units)))
        apart = left != right
        one, other = (rdm_from_features(each, self.dissimilarity)[apart] for each in (first, second))
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            return undefined(half.number_of_units)
        found = pair_influence(one, other, self.comparator)
        pairs = np.zeros((half.number_of_units,) * 2)
        np.add.at(pairs, (left[apart], right[apart]), found.influence)
        pairs += pairs.T
        return Similarity(found.value, without_doubled_pairs(pairs.sum(axis=1), pairs))
