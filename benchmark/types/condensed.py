"""The geometry of condensed RDMs: the upper triangle of a square one, row by row, a number for each pair of stimuli."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

# Pairs a block has at most, but for one row of more: some arrays of as many numbers are what a pass over an RDM takes.
BLOCK_PAIRS = 2**20

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


class Block(NamedTuple):
    """Some whole rows of a condensed RDM: where they are in it, and the first and the second stimulus of each pair."""

    place: slice
    first: Int[ndarray, " pairs"]
    second: Int[ndarray, " pairs"]


def pairs_in_blocks(n_stimuli: int) -> Iterator[Block]:
    """Yield the pairs of `pairs_of` a block at a time: of 10,000 stimuli their indices alone are 800 MB."""
    sizes = np.arange(n_stimuli - 1, 0, -1)  # of rows 0, 1, ...
    ends = np.cumsum(sizes)
    row, done = 0, 0
    while row < len(sizes):
        last = max(int(np.searchsorted(ends, done + BLOCK_PAIRS, side="right")), row + 1)
        rows, of_row = np.arange(row, last), sizes[row:last]
        first = np.repeat(rows, of_row)
        second = np.arange(done, int(ends[last - 1])) - np.repeat(ends[row:last] - n_stimuli, of_row)
        yield Block(slice(done, int(ends[last - 1])), first, second)
        row, done = last, int(ends[last - 1])


def restricted(rdms: Float[ndarray, "rdms pairs"], stimuli: Int[ndarray, " some"]) -> Float[ndarray, "rdms some_pairs"]:
    """Condensed RDMs among some of their stimuli, in these stimuli's order; a pair's numbers lie beside each other.

    So they do where NumPy takes columns, and sums over pairs round by it.
    """
    n, some = stimuli_of_pairs(rdms.shape[1]), len(stimuli)
    among = np.empty((some * (some - 1) // 2, len(rdms)), dtype=rdms.dtype)
    for block in pairs_in_blocks(some):
        among[block.place] = rdms[:, _place(stimuli[block.first], stimuli[block.second], n)].T
    return among.T


def pairs_among(stimuli: Int[ndarray, " some"], n_stimuli: int) -> Int[ndarray, " some_pairs"]:
    """Where a condensed RDM of `n_stimuli` holds the pairs of some of its stimuli, in these stimuli's order."""
    first, second = (stimuli[each] for each in pairs_of(len(stimuli)))
    return _place(first, second, n_stimuli)


def square_rdm(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, "stimuli stimuli"]:
    """Return the symmetric matrix of a condensed RDM, zero on the diagonal."""
    n = stimuli_of_pairs(rdm.size)
    square = np.zeros((n, n), dtype=rdm.dtype)
    square[pairs_of(n)] = rdm
    return square + square.T


def condensed_rdm(square: Shaped[ndarray, "stimuli stimuli"]) -> Float[ndarray, " pairs"]:
    """Return the upper triangle of a square RDM, row by row, as float64."""
    return np.asarray(square[pairs_of(len(square))], dtype=np.float64)


def _place(first: Int[ndarray, " pairs"], second: Int[ndarray, " pairs"], n_stimuli: int) -> Int[ndarray, " pairs"]:
    row, column = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(row * n_stimuli - row * (row + 1) // 2 + column - row - 1)
