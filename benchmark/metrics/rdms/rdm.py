"""Representational dissimilarity matrices (RDMs) of features, as condensed vectors over pairs of stimuli.

Defined in docs/conventions.md#dissimilarities.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.statistics.centred_gram import centred_gram_of_features
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.condensed import pairs_in_blocks, stimuli_of_pairs
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError

# Features a block holds while a Gram matrix is summed: float32 products round within a block only.
_BLOCK_FEATURES = 4096


def undefined_stimuli(rdm: Float[ndarray, " pairs"]) -> tuple[int, ...]:
    """Return the stimuli all of whose pairs are NaN: rows without variance (correlation) or without length (cosine)."""
    n = stimuli_of_pairs(rdm.size)
    counts = np.zeros(n, dtype=np.int64)
    for block in pairs_in_blocks(n):
        missing = np.isnan(rdm[block.place])
        for stimuli in (block.first, block.second):
            counts += np.bincount(stimuli[missing], minlength=n)
    return tuple(int(i) for i in np.flatnonzero(counts == n - 1))


def rdm_from_features(
    features: Float[ndarray, "stimuli features"], dissimilarity: Dissimilarity
) -> Float[ndarray, " pairs"]:
    """Return the dissimilarity of each pair of stimuli, upper triangle row by row.

    correlation: 1 - Pearson r across features; cosine: 1 - x'y / (|x| |y|); euclidean, and crossnobis, which needs
    repeats to be another: |x - y|^2 / n_features.
    Features are centred over stimuli before they are multiplied, in float32 if they are float32, block by block, and
    summed in float64 (`rdm_from_gram`). A constant row (correlation) or a zero row (cosine) has no dissimilarity: its
    pairs are NaN, and `undefined_stimuli` names it. Raises InvalidDataError for fewer than two stimuli or for no
    feature. Reference: Kriegeskorte, Mur & Bandettini (2008).
    """
    n, n_features = features.shape
    if n < 2 or n_features < 1:
        raise InvalidDataError(f"Features have shape {features.shape}; an RDM needs at least 2 stimuli and 1 feature")
    return rdm_from_gram(centred_gram_of_features(features, width=_BLOCK_FEATURES), dissimilarity)


def rdm_from_gram(
    layer: LayerGram, dissimilarity: Dissimilarity, stimuli: Int[ndarray, " some"] | None = None
) -> Float[ndarray, " pairs"]:
    """Return the RDM of features X from their centred Gram matrix K; the features themselves are not needed.

    Of `stimuli` only it is that among these, in their order, and K's other rows are not read.

    The squared distance of two rows is K_ii + K_jj - 2 K_ij, whatever centring took away; less (s_i - s_j)^2 / p, s the
    row sums, it is that of rows about their own means. With it, 1 - cosine of rows of lengths a and b is
    (distance^2 - (a - b)^2) / (2 a b): no digit is lost where all rows have much in common, and a and b nearly all of
    their size from it. For the same reason a - b = (a^2 - b^2) / (a + b), with a^2 - b^2 from K, s and what centring
    left of the means (`mean_products`, `mean`), since these have nothing in common to cancel.

    A row of equal numbers (correlation) or of zeros (cosine) has no dissimilarity: its pairs are NaN
    (`undefined_stimuli`). Raises InvalidDataError for fewer than two stimuli or for no feature.
    """
    if stimuli is None:
        stimuli = np.arange(len(layer.gram))
    if len(stimuli) < 2 or layer.n_features < 1:
        raise InvalidDataError(
            f"A Gram matrix of {len(stimuli)} stimuli and {layer.n_features} features; an RDM needs at least 2 and 1"
        )
    rows = _rows(layer, dissimilarity)
    rdm = np.empty(len(stimuli) * (len(stimuli) - 1) // 2)
    for block in pairs_in_blocks(len(stimuli)):
        first, second = stimuli[block.first], stimuli[block.second]
        distances = np.maximum(rows.squared[first] + rows.squared[second] - 2 * layer.gram[first, second], 0)
        rdm[block.place] = _dissimilarities(distances, first, second, layer, dissimilarity, rows)
    return rdm


class _Rows(NamedTuple):
    """Of each row its squared length less what centring took away, its length, and what lengths differ by, squared."""

    squared: Float[ndarray, " stimuli"]
    lengths: Float[ndarray, " stimuli"]
    apart: Float[ndarray, " stimuli"]


def _rows(layer: LayerGram, dissimilarity: Dissimilarity) -> _Rows:
    squared, sums = np.diagonal(layer.gram), layer.row_sums
    if dissimilarity is Dissimilarity.CORRELATION:
        powers, apart = layer.row_powers, squared - sums**2 / layer.n_features + 2 * layer.mean_products
    else:
        powers, apart = layer.row_lengths, squared + 2 * (layer.mean_products + layer.mean * sums)
    lengths = np.full(len(powers), np.nan)
    lengths[powers > 0] = np.sqrt(powers[powers > 0])
    return _Rows(squared, lengths, apart)


def _dissimilarities(
    distances: Float[ndarray, " pairs"],
    first: Int[ndarray, " pairs"],
    second: Int[ndarray, " pairs"],
    layer: LayerGram,
    dissimilarity: Dissimilarity,
    rows: _Rows,
) -> Float[ndarray, " pairs"]:
    """The dissimilarities of pairs of rows by their squared distances."""
    if dissimilarity in (Dissimilarity.EUCLIDEAN, Dissimilarity.CROSSNOBIS):
        return np.asarray(distances / layer.n_features)
    sums = layer.row_sums
    if dissimilarity is Dissimilarity.CORRELATION:
        distances = distances - (sums[first] - sums[second]) ** 2 / layer.n_features
    one, other = rows.lengths[first], rows.lengths[second]
    beyond = (rows.apart[first] - rows.apart[second]) / (one + other)
    # Rounding may leave a cosine just beyond one, and so a dissimilarity just below zero.
    return np.asarray(np.clip((distances - beyond**2) / (2 * one * other), 0, 2))
