"""From a layer's features to its centred Gram matrix, a block of features at a time."""

from collections.abc import Iterable
from functools import partial

import numpy as np
import torch
from jaxtyping import Float, Float64
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.statistics.centred_gram import (
    STRIP_STIMULI,
    centred_gram_of_blocks,
    column_blocks,
    gram_dtype,
    layer_of_features,
)
from brainrank.benchmark.types.activations import LayerGram

BLOCK_FEATURES = 16_384


def layer_gram(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """The LayerGram of features held in one array; see `gram_of_blocks`."""
    return gram_of_blocks(layer, column_blocks(features, BLOCK_FEATURES), len(features))


def narrow_layer(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """As `layer_gram`; where features are fewer than stimuli with them, and K only when it is asked for."""
    if features.shape[1] >= len(features):
        return layer_gram(layer, features)
    gram = partial(_gram, features)
    return layer_of_features(layer, features, width=BLOCK_FEATURES, dtype=gram_dtype(len(features)), gram=gram)


def _gram(features: Float[ndarray, "stimuli features"]) -> Float64[ndarray, "stimuli stimuli"]:
    return layer_gram("", features).gram


def gram_of_blocks(layer: str, blocks: Iterable[NDArray[np.floating]], n_stimuli: int) -> LayerGram:
    """The LayerGram of features that come as blocks (stimuli x features of the block).

    Products are float64 up to FLOAT64_STIMULI stimuli; above, they are float32 within a block and are summed in float64
    over blocks, which keeps K within 1e-5 of the exact product (relative to the length of the centred rows); sums are
    then rounded to float32, in which they are stored (6e-8 of each; the same for equal rows, whose distance stays 0).
    Features may be NaN or infinite; their rows of the result then are NaN.
    """
    dtype = gram_dtype(n_stimuli)
    made = centred_gram_of_blocks(layer, blocks, n_stimuli, dtype=dtype, add=_add_product)
    if dtype is not np.float64:
        with np.errstate(over="ignore"):
            for rows in made.gram:  # one by one: a copy of the whole would be as large
                rows[:] = rows.astype(dtype)
    return made


def _add_product(gram: Float64[ndarray, "stimuli stimuli"], block: Float[ndarray, "stimuli block"]) -> None:
    """Add the lower triangle of B B', strip by strip.

    By torch, whose threads wait politely: OpenBLAS's spin, and on a machine that is shared they take much longer.
    """
    rows = torch.from_numpy(block)
    for start in range(0, len(block), STRIP_STIMULI):
        end = start + STRIP_STIMULI
        gram[start:end, :end] += (rows[start:end] @ rows[:end].T).numpy()
