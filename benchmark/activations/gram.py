"""From a layer's features to its Gram matrix, a block of features at a time."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from jaxtyping import Float, Float64
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.types.activations import LayerGram

BLOCK_FEATURES = 16_384
# Rows of K computed at once: K is symmetric, so each strip stops at the diagonal and nearly half the work is saved.
STRIP_STIMULI = 128
# Up to this many stimuli the products are taken in float64: they cost less than a tenth of a forward pass there (their
# share of the time grows with the number of stimuli). Above it, float32 within a block and float64 between blocks.
FLOAT64_STIMULI = 256


def layer_gram(layer: str, features: Float[ndarray, "stimuli features"]) -> LayerGram:
    """K = X X' and the row sums of features held in one array; see `gram_of_blocks`."""
    return gram_of_blocks(layer, column_blocks(features, BLOCK_FEATURES), len(features))


def column_blocks(
    features: Float[ndarray, "stimuli features"], width: int
) -> Iterator[Float[ndarray, "stimuli block"]]:
    """Yield views of `width` features each, the last one of what is left."""
    for start in range(0, features.shape[1], width):
        yield features[:, start : start + width]


def gram_of_blocks(layer: str, blocks: Iterable[NDArray[np.floating]], n_stimuli: int) -> LayerGram:
    """K = sum over blocks B of B B', with the row sums; blocks are (stimuli x features of the block).

    Products are float64 up to FLOAT64_STIMULI stimuli; above, they are float32 within a block and are summed in float64
    over blocks, which keeps K within 1e-5 of the exact product (relative to the length of the rows). Features may be
    NaN or infinite; K then is, too.
    """
    dtype = gram_dtype(n_stimuli)
    gram, row_sums, n_features = np.zeros((n_stimuli, n_stimuli)), np.zeros(n_stimuli), 0
    with np.errstate(invalid="ignore", over="ignore"):
        for block in blocks:
            exact = block.astype(dtype, copy=False)
            _add_product(gram, exact)
            # NumPy sums contiguous float32 pairwise: the error grows with the logarithm of the number of features.
            row_sums += exact.sum(axis=1)
            n_features += block.shape[1]
    for start in range(0, n_stimuli, STRIP_STIMULI):
        end = start + STRIP_STIMULI
        gram[start:end, end:] = gram[end:, start:end].T
        square = gram[start:end, start:end]
        square[:] = np.tril(square) + np.tril(square, -1).T  # the two halves may differ in their last bit
    return LayerGram(layer, gram, row_sums, n_features)


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
