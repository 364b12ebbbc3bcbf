"""The mutual nearest neighbours metric: whether model and brain find the same stimuli near."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.halves import AlignmentMetric
from brainrank.benchmark.metrics.alignment.neighbours import mutual_neighbours, nearest_others
from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, rdm_from_gram
from brainrank.benchmark.statistics.halves import FEWEST_UNITS
from brainrank.benchmark.statistics.uncertainty import SHARE
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import parameter

DISTANCES = (Dissimilarity.COSINE, Dissimilarity.CORRELATION, Dissimilarity.EUCLIDEAN)


@dataclass(frozen=True)
class MutualNeighboursMetric(AlignmentMetric):
    """The share of a stimulus's k nearest that model and brain have in common (Huh, Cheung, Wang & Isola 2024).

    Neighbours are those of the half and of other groups. Only the order of distances counts, so that RDMs of any kind
    will do. `fewest_units` leave each half one candidate more than k: of as many all are neighbours.
    """

    name: ClassVar[str] = "mutual-neighbours"
    support: ClassVar[tuple[float, float]] = SHARE
    words: ClassVar[str] = (
        "Mutual nearest neighbours: of the stimuli nearest to each stimulus for the model, what share is among "
        "the nearest for the brain? Only the nearest count, whatever the rest of the space is like. Unrelated "
        "representations share as many as guessing finds: the number of neighbours over that of the other stimuli of "
        "a half. The layer is chosen on one half of the stimuli and reported on the other, both ways. The noise "
        "ceiling is how alike measurements of the same are: below, of a half of the repeats and the other half (or a "
        "subject and the others); above, of a half and all."
    )
    citation: ClassVar[str] = "Huh, Cheung, Wang & Isola 2024"

    neighbours: int = parameter(10, "how many of the nearest stimuli are compared", least=1)
    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.COSINE, "how far apart two patterns of responses are", choices=DISTANCES
    )

    def __post_init__(self) -> None:
        if self.dissimilarity not in DISTANCES:
            raise InvalidDataError(f"mutual-neighbours by {self.dissimilarity}; choose from {', '.join(DISTANCES)}")

    @property
    def unit(self) -> str:
        """A share of the neighbours."""
        return "shared neighbours"

    @property
    def fewest_units(self) -> int:
        """A stimulus, its neighbours and one more in each half."""
        return max(FEWEST_UNITS, 2 * (self.neighbours + 2))

    def of_layer(self, layer: LayerGram) -> Float[ndarray, "stimuli stimuli"]:
        """Its distances."""
        return square_rdm(rdm_from_gram(layer, self.dissimilarity))

    def of_responses(self, responses: Float[ndarray, "stimuli targets"]) -> Float[ndarray, "stimuli stimuli"]:
        """Their distances."""
        return square_rdm(rdm_from_features(responses, self.dissimilarity))

    def of_rdm(self, rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
        """The distances that it holds."""
        return square_rdm(rdm)

    def represented(
        self, matrix: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"]
    ) -> Shaped[ndarray, "stimuli columns"]:
        """The nearest of each stimulus."""
        return nearest_others(matrix, units, k=self.neighbours)

    def similarity(
        self,
        first: Shaped[ndarray, "stimuli columns"],
        second: Shaped[ndarray, "stimuli columns2"],
        units: Int[ndarray, " stimuli"],
    ) -> Similarity:
        """As `mutual_neighbours`."""
        return mutual_neighbours(first, second, units)
