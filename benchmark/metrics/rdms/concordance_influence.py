"""How much each pair of stimuli moves Kendall's tau-a of two RDMs.

Of T = sum over p, q of w_p w_q s(x_p - x_q) s(y_p - y_q) / (W (W - 1)), s the sign and W the sum of weights,

    dT / dw_p = (2 C_p - (2 W - 1) T) / (W (W - 1)),    C_p = sum_q s(x_p - x_q) s(y_p - y_q).

C_p is had from how many pairs lie in each cell of a grid of the two RDMs' ranks; what shares a row or a column of the
grid with p counts as tied with it, some thousandth of all pairs.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.pair_influence import PairInfluence

GRID = 1024  # rows and columns: C_p is wrong by about a thousandth of what it varies by


def concordance_influence(first: Float[ndarray, " pairs"], second: Float[ndarray, " pairs"]) -> PairInfluence:
    """Return tau-a of two RDMs by their centred midranks, and what each pair adds to it; 0 if one is constant."""
    n = len(first)
    value = float(compare(first[None], second[None], Comparator.TAU_A)[0, 0])
    row, column = _bins(first), _bins(second)
    cells = np.bincount(row * GRID + column, minlength=GRID**2).reshape(GRID, GRID)
    concordant = _below_less_above(_below_less_above(cells).T).T
    influence = (2 * concordant[row, column] - (2 * n - 1) * value) / (float(n) * (n - 1))
    return PairInfluence(value, np.asarray(influence))


def _bins(ranks: Float[ndarray, " pairs"]) -> Int[ndarray, " pairs"]:
    """The row of the grid of each pair; pairs that are tied share one."""
    n = len(ranks)
    return np.floor((ranks + n / 2) * (GRID / n)).astype(np.int64)


def _below_less_above(cells: Int[ndarray, "rows columns"]) -> Int[ndarray, "rows columns"]:
    """For each row, the sum of the rows below it less that of those above it."""
    up_to = np.cumsum(cells, axis=0)
    return np.asarray(2 * up_to - cells - up_to[-1])
