"""What metrics of timed measurements share: the window whose mean is the score, and the times a layer is chosen by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.timed.layer_courses import LayerChoice
from brainrank.benchmark.statistics.uncertainty import CORRELATION
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import DRAWS, LEAST_DRAWS, SEED, EvidenceKind, Metric, parameter
from brainrank.benchmark.types.timed_assemblies import window_places

CEILING_DRAWS = 200


@dataclass(frozen=True)
class TimeResolvedMetric(Metric):
    """A course of scores over times, of which the mean over a window is the score.

    `seed` decides halves or folds, and draws. Raises InvalidDataError for a window that ends before it starts.
    """

    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    support: ClassVar[tuple[float, float]] = CORRELATION

    start_ms: float = parameter(0.0, "the first time, in ms from stimulus onset, of the window whose mean is the score")
    stop_ms: float | None = parameter(None, "the last time of the window; the last of all unless given")
    layer_choice: LayerChoice = parameter(
        LayerChoice.WINDOW,
        "the times by which a layer is chosen, on stimuli that it is not reported on",
        choices=tuple(LayerChoice),
    )
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    def __post_init__(self) -> None:
        if self.stop_ms is not None and self.stop_ms < self.start_ms:
            raise InvalidDataError(
                f"a window from {self.start_ms:g} to {self.stop_ms:g} ms has no time; let it end after it starts"
            )

    def window(self, times_ms: Float[ndarray, " times"]) -> Sequence[int]:
        """The numbers of the times in the window. Raises InvalidDataError where there is none."""
        return window_places(times_ms, self.start_ms, self.stop_ms)
