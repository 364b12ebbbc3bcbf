"""LayerCorrelations: how well a layer predicts held-out responses, target by target; and what was held out together."""

from typing import NamedTuple

from jaxtyping import Float, Int
from numpy import ndarray


class StimulusFolds(NamedTuple):
    """The fold that holds each stimulus out, and the unit it is left out with: itself, or its group."""

    fold_of: Int[ndarray, " stimuli"]
    unit_of: Int[ndarray, " stimuli"]


class LayerCorrelations(NamedTuple):
    """The r of every target (NaN where it has none): over all folds, and for each fold among the others alone.

    Where a fold is left out, so it is by the models: none of those whose predictions count has seen it.
    """

    all_folds: Float[ndarray, " targets"]
    without: Float[ndarray, "folds targets"]
