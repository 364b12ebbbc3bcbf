"""LayerCorrelations: how well a layer predicts held-out responses, target by target."""

from typing import NamedTuple

from jaxtyping import Float
from numpy import ndarray


class LayerCorrelations(NamedTuple):
    """The r of every target (NaN where it has none): over all folds, and for each fold over the others alone.

    Where a fold is left out, so it is by the models: none of those whose predictions count has seen it.
    """

    all_folds: Float[ndarray, " targets"]
    without: Float[ndarray, "folds targets"]
