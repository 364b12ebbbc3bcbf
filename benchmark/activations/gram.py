"""From a layer's features to its centred Gram matrix, a block of features at a time."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Float64
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.statistics.centred_gram import STRIP_STIMULI, centred_gram_of_blocks, column_blocks
from brainrank.benchmark.types.activations import LayerGram

BLOCK_FEATURES = 16_384
# Up to this many stimuli the products are taken in float64: they cost less than a tenth of a forward pass there (their
# share of the time grows with the number of stimuli). Above it, float32 within a block and float64 between blocks.
FLOAT64_STIMULI = 256


def layer_gram(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """The LayerGram of features held in one array; see `gram_of_blocks`."""
    return gram_of_blocks(layer, column_blocks(features, BLOCK_FEATURES), len(features))


def narrow_layer(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """As `layer_gram`, with the features themselves where they are fewer than stimuli."""
    made = layer_gram(layer, features)
    return replace(made, features=features) if features.shape[1] < len(features) else made


def gram_of_blocks(layer: str, blocks: Iterable[NDArray[np.floating]], n_stimuli: int) -> LayerGram:
    """The LayerGram of features that come as blocks (stimuli x features of the block).

    Products are float64 up to FLOAT64_STIMULI stimuli; above, they are float32 within a block and are summed in float64
    over blocks, which keeps K within 1e-5 of the exact product (relative to the length of the centred rows). Features
    may be NaN or infinite; their rows of the result then are NaN.
    """
    return centred_gram_of_blocks(layer, blocks, n_stimuli, dtype=gram_dtype(n_stimuli), add=_add_product)


def _add_product(gram: Float64[ndarray, "stimuli stimuli"], block: Float[ndarray, "stimuli block"]) -> None:
    """Add the lower triangle of B B', strip by strip.

    By torch, whose threads wait politely: OpenBLAS's spin, and on a machine that is shared they take much longer.
    """
    rows = torch.from_numpy(block)
    for start in range(0, len(block), STRIP_STIMULI):
        end = start + STRIP_STIMULI
        gram[start:end, :end] += (rows[start:end] @ rows[:end].T).numpy()


def gram_dtype(n_stimuli: int) -> type[np.floating]:
    """The type in which a block's products are taken."""
    return np.float64 if n_stimuli <= FLOAT64_STIMULI else np.float32
