"""From a layer's features to its Gram matrix, a block of features at a time."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.activations import LayerGram

BLOCK_FEATURES = 65_536


def layer_gram(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """K = X X' in float64, summed over blocks of features so that only a block at a time is converted.

    Features may be NaN or infinite (a broken network's); K then is, too, and the score says so.
    """
    n_stimuli, n_features = features.shape
    gram = np.zeros((n_stimuli, n_stimuli))
    row_sums = np.zeros(n_stimuli)
    for start in range(0, n_features, BLOCK_FEATURES):
        block = features[:, start : start + BLOCK_FEATURES].astype(np.float64)
        gram += block @ block.T
        row_sums += block.sum(axis=1)
    return LayerGram(layer, gram, row_sums, n_features)
