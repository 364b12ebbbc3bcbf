"""The shape distance metric: the angle that the best rotation leaves between representations, as a similarity."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.kernels import KernelMetric
from brainrank.benchmark.metrics.alignment.procrustes import root, shape_similarity
from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.statistics.uncertainty import SHARE
from brainrank.benchmark.types.assemblies import NeuralAssembly

FEWEST = 40


@dataclass(frozen=True)
class ShapeDistanceMetric(KernelMetric):
    """1 - theta / (pi / 2), theta the angular Procrustes distance (Williams, Kunz, Kornblith & Linderman 2021)."""

    name: ClassVar[str] = "shape-distance"
    support: ClassVar[tuple[float, float]] = SHARE
    words: ClassVar[str] = (
        "Shape distance: turned as well as it can be, how close does the cloud of the model’s responses to all stimuli "
        "come to the brain’s? 1 less the angle between the two over a right angle: 1 is the same shape, whatever its "
        "size. Unrelated representations score above 0, the more the more dimensions they have for the stimuli there "
        "are, so that only scores on the same stimuli compare. Targets keep their own variance. The layer is chosen on "
        "one half of the stimuli and reported on the other, both ways. There is no noise ceiling: noise has "
        "dimensions, too, and two measurements of it are more alike than what is true is to either."
    )
    citation: ClassVar[str] = "Williams, Kunz, Kornblith & Linderman 2021"

    @property
    def unit(self) -> str:
        """1 less the angle over a right angle."""
        return "1 - angle/90°"

    @property
    def fewest_units(self) -> int:
        """Twenty in each half: of fewer, differences of models are false too often (docs/decisions/alignment.md)."""
        return FEWEST

    def why_no_ceiling(self, _assembly: NeuralAssembly) -> str:
        """Noise of n stimuli in many dimensions has the shape of other noise (docs/decisions/alignment.md)."""
        return "noise alone makes two measurements alike in shape, so that they tell of no best score"

    def represented(
        self, matrix: Float[ndarray, "stimuli stimuli"], _units: Int[ndarray, " stimuli"]
    ) -> Shaped[ndarray, "stimuli columns"]:
        """Features that have this Gram matrix."""
        return root(matrix)

    def similarity(
        self,
        first: Shaped[ndarray, "stimuli columns"],
        second: Shaped[ndarray, "stimuli columns2"],
        units: Int[ndarray, " stimuli"],
    ) -> Similarity:
        """As `shape_similarity`."""
        return shape_similarity(first, second, units)
