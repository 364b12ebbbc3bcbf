"""The unbiased Hilbert-Schmidt independence criterion (HSIC), with whole groups of stimuli as its units.

With i, j, q, r stimuli drawn from four different units, each stimulus its own unit or its group, it is

    h(K, L) = E[K_ij L_ij] + E[K_ij L_qr] - 2 E[K_ij L_iq],

the mean over all choices of units, and of one stimulus of each. Without groups that is the estimate of Song et al.
(2012). Pairs of one unit are in no mean: a stimulus is like itself, and a photograph like its near copy, whatever two
representations have in common. So h is 0 on average for representations that are independent from unit to unit. It does
not change when a_i + a_j is added to K_ij, so that -D/2 of squared distances D does for a Gram matrix.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray


class LeaveOut(NamedTuple):
    """A statistic of all units, and without each of them."""

    value: float
    without: Float[ndarray, " units"]


def unbiased_hsic(
    first: Float[ndarray, "stimuli stimuli"], second: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"]
) -> LeaveOut:
    """Return h(K, L), and h without each unit; NaN where fewer than four units are left.

    `units` numbers the unit of each stimulus, from 0. Takes sums over n x n and n x units, no loop over units.
    """
    n_units = int(units.max()) + 1
    apart = units[:, None] != units
    sums = _sums(np.where(apart, first, 0.0), np.where(apart, second, 0.0), shares_of_units(units))
    value = _mean(sums[:, 0], n_units) if n_units >= 4 else np.nan
    without = _mean(sums[:, 1:], n_units - 1) if n_units >= 5 else np.full(n_units, np.nan)
    return LeaveOut(float(value), np.asarray(without))


def shares_of_units(units: Int[ndarray, " stimuli"]) -> "scipy.sparse.csr_array":
    """What share each stimulus (row) has of its unit (column): all of a unit have 1. Sparse: a product costs n x n."""
    rows, sizes = np.arange(len(units)), np.bincount(units)
    return scipy.sparse.csr_array((1 / sizes[units], (rows, units)), shape=(len(units), len(sizes)))


def _mean(sums: Float[ndarray, "3 *any"], n: int) -> Float[ndarray, "*any"]:
    pairs, quadruples, triples = sums
    return np.asarray(
        pairs / (n * (n - 1)) + quadruples / (n * (n - 1) * (n - 2) * (n - 3)) - 2 * triples / (n * (n - 1) * (n - 2))
    )


def _sums(
    k: Float[ndarray, "stimuli stimuli"], l_: Float[ndarray, "stimuli stimuli"], share: "scipy.sparse.csr_array"
) -> Float[ndarray, "3 sums"]:
    """Sums over pairs, quadruples and triples of units: of all units, then without each of them.

    k and l are zero within units; a and b are their means over each unit's columns, p and r those of its rows, too.
    """
    weight = share.sum(axis=1)
    a, b = k @ share, l_ @ share
    p, r = share.T @ a, share.T @ b
    rows_a, rows_b, rows_p, rows_r = (each.sum(axis=1) for each in (a, b, p, r))
    pairs = share.T @ ((k * l_) @ weight)
    both = (p * r).sum(axis=1)
    thirds = share.T @ (rows_a * rows_b - (a * b).sum(axis=1))
    lost = (weight[:, None] * (a * rows_b[:, None] + b * rows_a[:, None] - 2 * a * b)).sum(axis=0)
    cross = rows_p @ rows_r - rows_p * rows_r - r @ rows_p - p @ rows_r + both
    total_p, total_r = rows_p.sum(), rows_r.sum()
    return np.stack(
        [
            np.append(pairs.sum(), pairs.sum() - 2 * pairs),
            np.append(
                total_p * total_r - 4 * rows_p @ rows_r + 2 * both.sum(),
                (total_p - 2 * rows_p) * (total_r - 2 * rows_r) - 4 * cross + 2 * (both.sum() - 2 * both),
            ),
            np.append(thirds.sum(), thirds.sum() - thirds - lost),
        ]
    )
