"""BrainMap: one value at each of some positions of a space."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.types.brain_space import Space

TOLD_Q = 0.05
SHARE_WITHIN_SCALE = 0.99


class Quantity(StrEnum):
    """What a map shows: scores, noise ceilings, scores as shares of them, preferred layers, or q of scores."""

    SCORE = "score"
    CEILING = "ceiling"
    SHARE = "share"
    LAYER = "layer"
    Q = "q"


@dataclass(frozen=True, eq=False)
class BrainMap:
    """A value at each of some positions of a space, with the q of its score (or difference), NaN where undefined.

    `quantity` is one of `Quantity`, or another in words. `told` are the positions whose value is shown. Layers are
    numbered from 1, in the order of `layers`.
    """

    quantity: str
    space: Space
    positions: Int[ndarray, " targets"]
    values: Float[ndarray, " targets"]
    q: Float[ndarray, " targets"]
    told: Bool[ndarray, " targets"]
    layers: tuple[str, ...] = ()
    is_difference: bool = False
    subjects: int = 1

    @property
    def scale_end(self) -> float:
        """Where a scale of colours from 0 ends: 99 % of what is shown (of a difference, either way) lie below it."""
        shown = self.values[self.told]
        end = np.quantile(np.abs(shown) if self.is_difference else shown, SHARE_WITHIN_SCALE) if shown.size else 0.0
        return float(end) if end > 0 else 1.0

    @property
    def everywhere(self) -> Float[ndarray, " size"]:
        """The values at all positions of the space, NaN where none is shown."""
        found = np.full(self.space.size, np.nan)
        found[self.positions[self.told]] = self.values[self.told]
        return found
