"""How much each stimulus moves the whitened comparators, cosine_cov and corr_cov, to first order.

The inner product on counts c is that of weighted_whitening.py. With s = D 1, S = sum s and all c = 1 it is that of
doubly centred RDMs,

    <D, D'> = sum D o D' - 2/n s's' + S S'/n^2,

and its derivative in the count of stimulus m, that of n = sum c with it,

    2 sum_l D_ml D'_ml - 2/n (s_m s'_m + (D s')_m + (D' s)_m) + 4/n^2 (s's'/2 - s_m s'_m)
    + (b_m S' + b'_m S)/(2n) - S S'/n^4,    b_m = 4/n s_m - 4/n^2 (S/2 - s_m).

Of corr_cov the mean is taken off first: as S = 0 then, its own derivative adds nothing. What is a pair's own is taken
as in the inner product of centred RDMs, 2 (HDH)_ij (HD'H)_ij, which leaves out what is of the order of 1/n of it.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, centred
from brainrank.benchmark.types.condensed import pairs_in_blocks, stimuli_of_pairs


class WhitenedRdm(NamedTuple):
    """A square RDM, its row sums, itself doubly centred, and its inner product with itself."""

    square: Float[ndarray, "stimuli stimuli"]
    rows: Float[ndarray, " stimuli"]
    centred: Float[ndarray, "stimuli stimuli"]
    norm: float
    own: Float[ndarray, " stimuli"]


class WhitenedInfluence(NamedTuple):
    """A similarity, what each stimulus moves it by, and what each pair adds to it."""

    value: float
    influence: Float[ndarray, " stimuli"]
    pairs: Float[ndarray, "stimuli stimuli"]


def whitened_rdm(rdm: Float[ndarray, " pairs"], comparator: Comparator) -> WhitenedRdm:
    """Return an RDM as `whitened_influence` takes it."""
    values = rdm.astype(np.float64)
    if comparator is Comparator.CORR_COV:
        values = centred(values[None])[0]
    n = stimuli_of_pairs(values.size)
    square = np.zeros((n, n))
    for block in pairs_in_blocks(n):
        square[block.first, block.second] = square[block.second, block.first] = values[block.place]
    rows = square.sum(axis=1)
    doubly = square - rows[:, None] / n - rows / n + rows.sum() / n**2
    found = WhitenedRdm(square, rows, doubly, float(np.vdot(doubly, doubly)), np.empty(0))
    return found._replace(own=_derivative(found, found))


def whitened_influence(first: WhitenedRdm, second: WhitenedRdm) -> WhitenedInfluence:
    """Return the cosine of two whitened RDMs and what moves it; all NaN where one of them has no length."""
    if not first.norm * second.norm > 0:
        n = len(first.rows)
        return WhitenedInfluence(np.nan, np.full(n, np.nan), np.full((n, n), np.nan))
    length = np.sqrt(first.norm * second.norm)
    value = float(np.vdot(first.centred, second.centred)) / length
    shrinking = first.own / first.norm + second.own / second.norm
    influence = _derivative(first, second) / length - value / 2 * shrinking
    pairs = first.centred * second.centred
    pairs *= 2 / length
    pairs -= value * (first.centred**2 / first.norm + second.centred**2 / second.norm)
    return WhitenedInfluence(value, influence, pairs)


def _derivative(x: WhitenedRdm, y: WhitenedRdm) -> Float[ndarray, " stimuli"]:
    """The derivative of the inner product in the count of each stimulus."""
    n = len(x.rows)
    total_x, total_y = x.rows.sum(), y.rows.sum()
    b_x, b_y = (4 / n * each.rows - 4 / n**2 * (each.rows.sum() / 2 - each.rows) for each in (x, y))
    products = x.rows * y.rows
    found = 2 * np.einsum("ml,ml->m", x.square, y.square)
    found -= 2 / n * (products + x.square @ y.rows + y.square @ x.rows)
    found += 4 / n**2 * (products.sum() / 2 - products)
    found += (b_x * total_y + b_y * total_x) / (2 * n) - total_x * total_y / n**4
    return np.asarray(found)
