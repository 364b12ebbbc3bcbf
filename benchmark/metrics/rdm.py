"""Representational dissimilarity matrices (RDMs) of features, as condensed vectors over pairs of stimuli."""

import math
from enum import StrEnum

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

# Features a block holds while a Gram matrix is summed: float32 products round within a block only.
_BLOCK_FEATURES = 4096

# A variance below this share of the row's squared length is the rounding error of the Gram matrix, not a variance.
_CONSTANT_SHARE = 1e-8


class Dissimilarity(StrEnum):
    """How far two response patterns are apart."""

    CORRELATION = "correlation"
    EUCLIDEAN = "euclidean"
    COSINE = "cosine"


def stimuli_of_pairs(n_pairs: int) -> int:
    """Return n of n (n - 1) / 2 pairs; raises InvalidDataError when no n has that many."""
    n = (1 + math.isqrt(1 + 8 * n_pairs)) // 2
    if n_pairs < 1 or n * (n - 1) // 2 != n_pairs:
        raise InvalidDataError(
            f"{n_pairs} pairs are no condensed RDM; n stimuli have n (n - 1) / 2 pairs (1, 3, 6, 10, ...)"
        )
    return n


def undefined_stimuli(rdm: Float[ndarray, " pairs"]) -> tuple[int, ...]:
    """Return the stimuli all of whose pairs are NaN: rows without variance (correlation) or without length (cosine)."""
    n = stimuli_of_pairs(rdm.size)
    first, second = np.triu_indices(n, k=1)
    missing = np.isnan(rdm)
    counts = np.bincount(first[missing], minlength=n) + np.bincount(second[missing], minlength=n)
    return tuple(int(i) for i in np.flatnonzero(counts == n - 1))


def rdm_from_features(
    features: Float[ndarray, "stimuli features"], dissimilarity: Dissimilarity
) -> Float[ndarray, " pairs"]:
    """Return the dissimilarity of each pair of stimuli, upper triangle row by row.

    correlation: 1 - Pearson r across features; cosine: 1 - x'y / (|x| |y|); euclidean: |x - y|^2 / n_features.
    float32 features are multiplied in float32, block by block, and summed in float64; float64 features in float64.
    A constant row (correlation) or a zero row (cosine) has no dissimilarity: its pairs are NaN, and
    `undefined_stimuli` names it. Raises InvalidDataError for fewer than two stimuli or for no feature.
    Reference: Kriegeskorte, Mur & Bandettini (2008).
    """
    n, n_features = features.shape
    if n < 2 or n_features < 1:
        raise InvalidDataError(f"Features have shape {features.shape}; an RDM needs at least 2 stimuli and 1 feature")
    row_means = np.zeros((n, 1))
    if dissimilarity is Dissimilarity.CORRELATION:
        row_means = features.mean(axis=1, dtype=np.float64, keepdims=True)
    gram = np.zeros((n, n))
    for start in range(0, n_features, _BLOCK_FEATURES):
        block = features[:, start : start + _BLOCK_FEATURES]
        if dissimilarity is Dissimilarity.CORRELATION:
            block = (block - row_means).astype(features.dtype)
        elif dissimilarity is Dissimilarity.EUCLIDEAN:
            # Distances do not change with the origin; lengths measured from the mean stimulus cancel far less.
            block = (block - block.mean(axis=0, dtype=np.float64)).astype(features.dtype)
        gram += block @ block.T
    if dissimilarity is Dissimilarity.EUCLIDEAN:
        return _squared_distances(gram, n_features)
    if dissimilarity is Dissimilarity.CORRELATION:
        # The mean of equal numbers can round to a neighbour of them, which would leave a variance of rounding errors.
        undefined = features.max(axis=1) == features.min(axis=1)
    else:
        undefined = ~features.any(axis=1)
    return _one_minus_cosine(gram, undefined)


def rdm_from_gram(
    gram: Float[ndarray, "stimuli stimuli"],
    row_sums: Float[ndarray, " stimuli"],
    *,
    n_features: int,
    dissimilarity: Dissimilarity,
) -> Float[ndarray, " pairs"]:
    """Return the RDM of features X from K = X X' and the row sums of X; the features themselves are not needed.

    correlation: r = C_ij / sqrt(C_ii C_jj), C = K - s s' / n_features; cosine the same with K for C;
    euclidean: (K_ii + K_jj - 2 K_ij) / n_features. K is taken to float64: C and the distances are small differences
    of large numbers where patterns have a mean or are alike. A row whose variance is below 1e-8 of its squared length
    counts as constant, since float32 products leave that much: its pairs are NaN (`undefined_stimuli`).
    Raises InvalidDataError for fewer than two stimuli or for no feature.
    """
    if len(gram) < 2 or n_features < 1:
        raise InvalidDataError(
            f"A Gram matrix of {len(gram)} stimuli and {n_features} features; an RDM needs at least 2 and 1"
        )
    gram = gram.astype(np.float64)
    lengths = np.diagonal(gram).copy()
    if dissimilarity is Dissimilarity.EUCLIDEAN:
        return _squared_distances(gram, n_features)
    if dissimilarity is Dissimilarity.CORRELATION:
        sums = row_sums.astype(np.float64)
        gram = gram - np.outer(sums, sums) / n_features
    return _one_minus_cosine(gram, np.diagonal(gram) <= _CONSTANT_SHARE * lengths)


def square_rdm(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
    """Return the symmetric matrix of a condensed RDM, zero on the diagonal."""
    n = stimuli_of_pairs(rdm.size)
    square = np.zeros((n, n), dtype=rdm.dtype)
    square[np.triu_indices(n, k=1)] = rdm
    return square + square.T


def condensed_rdm(square: Shaped[ndarray, "stimuli stimuli"]) -> Float[ndarray, " pairs"]:
    """Return the upper triangle of a square RDM, row by row, as float64."""
    return np.asarray(square[np.triu_indices(len(square), k=1)], dtype=np.float64)


def _one_minus_cosine(
    gram: Float[ndarray, "stimuli stimuli"], undefined: Shaped[ndarray, " stimuli"]
) -> Float[ndarray, " pairs"]:
    scale = np.full(len(gram), np.nan)
    squared = np.diagonal(gram)
    defined = ~undefined & (squared > 0)
    scale[defined] = 1 / np.sqrt(squared[defined])
    first, second = np.triu_indices(len(gram), k=1)
    # Rounding may leave a cosine just beyond one, and so a dissimilarity just below zero.
    return np.asarray(np.clip(1 - gram[first, second] * scale[first] * scale[second], 0, 2))


def _squared_distances(gram: Float[ndarray, "stimuli stimuli"], n_features: int) -> Float[ndarray, " pairs"]:
    first, second = np.triu_indices(len(gram), k=1)
    squared = np.diagonal(gram)
    distances = np.maximum(squared[first] + squared[second] - 2 * gram[first, second], 0)
    return np.asarray(distances / n_features)
