"""From features to their centred Gram matrix, a block of features at a time.

Features are centred before they are multiplied. A constant added to all of them, or to one of them, is then gone before
it can cost a digit; in a product of uncentred float32 features it leaves nothing of what differs between stimuli.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.types.activations import LayerGram

# Rows of K handled at once: K is symmetric, so each strip stops at the diagonal and nearly half the work is saved.
# Up to this many stimuli the products are taken in float64: they cost less than a tenth of a forward pass there (their
# share of the time grows with the number of stimuli). Above it, float32 within a block and float64 between blocks.
FLOAT64_STIMULI = 256
STRIP_STIMULI = 128
# Features centred at once: few enough that what is read a second time is still in the processor's cache.
STRIP_FEATURES = 512

# Adds the lower triangle of B B' to a Gram matrix.
AddProduct = Callable[[Float64[ndarray, "stimuli stimuli"], Float[ndarray, "stimuli block"]], None]


def add_product(gram: Float64[ndarray, "stimuli stimuli"], block: Float[ndarray, "stimuli block"]) -> None:
    """Add B B', in the block's own precision, to the Gram matrix."""
    gram += block @ block.T


def column_blocks(
    features: Float[ndarray, "stimuli features"], width: int
) -> Iterator[Float[ndarray, "stimuli block"]]:
    """Yield views of `width` features each, the last one of what is left."""
    for start in range(0, features.shape[1], width):
        yield features[:, start : start + width]


def centred_gram_of_blocks(
    layer: str,
    blocks: Iterable[NDArray[np.floating]],
    n_stimuli: int,
    *,
    dtype: type[np.floating],
    add: AddProduct = add_product,
) -> LayerGram:
    """K = sum over blocks B of B0 B0' with B0 = B - 1 mean(B)', and the vectors beside it; see LayerGram.

    Each block has first its first row taken away, which is exact or nearly so wherever rows have much in common, and
    then the mean of what is left: a column that does not vary becomes 0 to the last bit. Products are taken in `dtype`
    and summed over blocks in float64. A row that is not finite has NaN in all its places.
    """
    sums, gram = _Sums(n_stimuli), np.zeros((n_stimuli, n_stimuli))
    with np.errstate(invalid="ignore", over="ignore"):
        for block in blocks:
            add(gram, sums.centred(block, dtype))
    _finish(gram, sums.broken)
    return sums.layer_gram(layer, gram)


def layer_of_features(
    layer: str,
    features: Float[ndarray, "stimuli features"],
    *,
    width: int,
    dtype: type[np.floating],
    gram: Callable[[], Float64[ndarray, "stimuli stimuli"]],
) -> LayerGram:
    """The vectors of `centred_gram_of_blocks` of features that are kept; `gram` computes K when it is asked for."""
    sums = _Sums(len(features))
    with np.errstate(invalid="ignore", over="ignore"):
        for block in column_blocks(features, width):
            sums.centred(block, dtype)
    return replace(sums.layer_gram(layer, gram), features=features)


def centred_gram_of_features(features: Float[ndarray, "stimuli features"], *, width: int) -> LayerGram:
    """The same of one array, `width` features at a time: float32 ones are multiplied in float32, others in float64."""
    dtype = np.float32 if features.dtype == np.float32 else np.float64
    return centred_gram_of_blocks("", column_blocks(features, width), len(features), dtype=dtype)


class _Sums:
    """What is summed over blocks, in float64.

    Squares are of rows less `origins`, about each row's mean, and column means are taken from `reference`, about the
    mean of all: so nothing that rows or columns have in common is squared.
    """

    def __init__(self, n_stimuli: int) -> None:
        self.row_sums, self.mean_products, self.squares, self.sums, self.origins = np.zeros((5, n_stimuli))
        self.n_features, self.mean_sum, self.reference = 0, 0.0, 0.0
        self.first, self.equal = np.zeros(n_stimuli), np.arange(n_stimuli)
        self.broken = np.zeros(n_stimuli, dtype=bool)
        # Filled anew for every block and strip: fresh memory would take longer to get than the numbers to compute.
        self._centred, self._shifted = np.empty((n_stimuli, 0)), np.empty((n_stimuli, 0))

    def centred(self, block: Float[ndarray, "stimuli block"], dtype: type[np.floating]) -> Float[ndarray, "_ _"]:
        """The block less its column means, in `dtype` and valid until the next one; the vectors are added to."""
        finer, width = np.result_type(block.dtype, dtype), block.shape[1]
        if self._centred.shape[1] < width:
            self._centred = np.empty(block.shape, dtype)
            self._shifted = np.empty((len(block), min(width, STRIP_FEATURES)), finer)
        centred = self._centred[:, :width]
        for columns in _strips(block.shape[1], STRIP_FEATURES):
            part = block[:, columns].astype(finer, copy=False)
            about = centred[:, columns] if finer == dtype else np.empty(part.shape, finer)
            means = _centre(part, about)
            if not np.isfinite(means).all():
                finite = np.isfinite(part)
                self.broken |= ~finite.all(axis=1)
                part = np.where(finite, part, 0)
                means = _centre(part, about)
            if finer != dtype:
                centred[:, columns] = about
            self._add(part, about, means)
        return centred

    def _add(
        self,
        part: Float[ndarray, "stimuli strip"],
        about: Float[ndarray, "stimuli strip"],
        means: Float64[ndarray, " strip"],
    ) -> None:
        if self.n_features == 0:
            self.first = part[:, 0].astype(np.float64)
            self.reference, self.origins = float(means.mean()), part.mean(axis=1).astype(np.float64)
        apart = means - self.reference
        products = about @ np.stack([np.ones(len(apart)), apart], axis=1).astype(about.dtype)
        self.row_sums += products[:, 0]
        self.mean_products += products[:, 1]
        origins = self.origins[:, None].astype(part.dtype)
        shifted = np.subtract(part, origins, out=self._shifted[:, : len(apart)])
        self.sums += shifted.sum(axis=1)
        self.squares += np.einsum("sf,sf->s", shifted, shifted)
        self.mean_sum += float(apart.sum())
        self.n_features += len(apart)
        self.equal = _still_equal(self.equal, self.first, part)

    def layer_gram(
        self, layer: str, gram: Float64[ndarray, "stimuli stimuli"] | Callable[[], Float64[ndarray, "stimuli stimuli"]]
    ) -> LayerGram:
        """The sums as a LayerGram, with K or what computes it."""
        count = max(self.n_features, 1)
        apart = self.mean_sum / count
        row_sums = self.row_sums - self.row_sums.mean()
        mean_products = self.mean_products - self.mean_products.mean() - apart * row_sums
        powers = np.maximum(self.squares - self.sums**2 / count, 0)
        lengths = powers + count * (self.origins + self.sums / count) ** 2
        powers[self.equal], lengths[self.equal] = 0, count * self.first[self.equal] ** 2
        for vector in (row_sums, mean_products, powers, lengths):
            vector[self.broken] = np.nan
        mean = self.reference + apart
        return LayerGram(layer, gram, row_sums, mean_products, powers, lengths, mean, self.n_features)


def _finish(gram: Float64[ndarray, "stimuli stimuli"], broken: Bool[ndarray, " stimuli"]) -> None:
    """Make both triangles of the sum of products, take away what rounding left of the column means, and name NaN.

    The means are halved so that both halves of the matrix come to the same bits.
    """
    _mirror(gram)
    means = gram.mean(axis=1)
    means -= means.mean() / 2
    for rows in _strips(len(gram), STRIP_STIMULI):
        gram[rows] -= means[rows, None] + means
    gram[broken], gram[:, broken] = np.nan, np.nan


def _centre(part: Float[ndarray, "stimuli strip"], into: Float[ndarray, "stimuli strip"]) -> Float64[ndarray, " strip"]:
    """Fill `into` with the columns less their means, and return these."""
    np.subtract(part, part[0], out=into)
    means = into.mean(axis=0)
    into -= means
    return np.asarray(part[0] + means.astype(np.float64))


def _still_equal(
    rows: Int[ndarray, " rows"], value: Float64[ndarray, " stimuli"], part: Float[ndarray, "stimuli strip"]
) -> Int[ndarray, " still"]:
    """Of these rows, those that hold nothing but their one value in this strip, too."""
    return rows[(part[rows] == value[rows, None]).all(axis=1)] if rows.size else rows


def _mirror(gram: Float64[ndarray, "stimuli stimuli"]) -> None:
    """Copy the lower triangle onto the upper one."""
    for rows in _strips(len(gram), STRIP_STIMULI):
        gram[rows, rows.stop :] = gram[rows.stop :, rows].T
        square = gram[rows, rows]
        square[:] = np.tril(square) + np.tril(square, -1).T  # the two halves may differ in their last bit


def _strips(length: int, width: int) -> list[slice]:
    return [slice(start, min(start + width, length)) for start in range(0, length, width)]


def gram_dtype(n_stimuli: int) -> type[np.floating]:
    """The type in which a block's products are taken."""
    return np.float64 if n_stimuli <= FLOAT64_STIMULI else np.float32
