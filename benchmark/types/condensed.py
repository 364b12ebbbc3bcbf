"""The geometry of condensed RDMs: the upper triangle of a square one, row by row, a number for each pair of stimuli."""

import math

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

Indices = tuple[Int[ndarray, " pairs"], Int[ndarray, " pairs"]]


def stimuli_of_pairs(n_pairs: int) -> int:
    """Return n of n (n - 1) / 2 pairs; raises InvalidDataError when no n has that many."""
    n = (1 + math.isqrt(1 + 8 * n_pairs)) // 2
    if n_pairs < 1 or n * (n - 1) // 2 != n_pairs:
        raise InvalidDataError(
            f"{n_pairs} pairs are no condensed RDM; n stimuli have n (n - 1) / 2 pairs (1, 3, 6, 10, ...)"
        )
    return n


def pairs_of(n_stimuli: int) -> Indices:
    """Return the first and the second stimulus of each pair: (0, 1), (0, 2), ..., (1, 2), ..."""
    first, second = np.triu_indices(n_stimuli, k=1)
    return first, second


def pairs_among(stimuli: Int[ndarray, " some"], n_stimuli: int) -> Int[ndarray, " some_pairs"]:
    """Where a condensed RDM of `n_stimuli` holds the pairs of some of its stimuli, in these stimuli's order."""
    first, second = (stimuli[each] for each in pairs_of(len(stimuli)))
    row, column = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(row * n_stimuli - row * (row + 1) // 2 + column - row - 1)


def square_rdm(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
    """Return the symmetric matrix of a condensed RDM, zero on the diagonal."""
    n = stimuli_of_pairs(rdm.size)
    square = np.zeros((n, n), dtype=rdm.dtype)
    square[pairs_of(n)] = rdm
    return square + square.T


def condensed_rdm(square: Shaped[ndarray, "stimuli stimuli"]) -> Float[ndarray, " pairs"]:
    """Return the upper triangle of a square RDM, row by row, as float64."""
    return np.asarray(square[pairs_of(len(square))], dtype=np.float64)
