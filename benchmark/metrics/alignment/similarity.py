"""Similarity of two representations, and how much each stimulus, or group of stimuli, moves it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

FEWEST_FOR_PAIRS = 4  # of fewer units, no pair is left over when each has its mean


class Similarity(NamedTuple):
    """A value, and the `influence` of each unit: drawn c times, it moves the value by (c - 1) of it, to first order."""

    value: float
    influence: Float[ndarray, " units"]


def undefined(n_units: int) -> Similarity:
    """The similarity of what has none."""
    return Similarity(np.nan, np.full(n_units, np.nan))


def jackknifed(without: Float[ndarray, " units"]) -> Float[ndarray, " units"]:
    """The influences that follow from the values without each of m units, (m - 1) / m (mean - without).

    On bootstrap draws of m units their variance is (m - 1) / m of the jackknife's, as that of a mean over draws is of
    its own. Reference: Efron & Tibshirani 1993, chapter 11.
    """
    m = len(without)
    return np.asarray((m - 1) / m * (without.mean() - without))


def without_doubled_pairs(
    influence: Float[ndarray, " units"], pairs: Float[ndarray, "units units"]
) -> Float[ndarray, " units"]:
    """Influences of a statistic of pairs of units, less what of them is a pair's own and is in both of its units.

    `pairs` P are what each two units add to the statistic, about its value: sum over i < j of w_i w_j P_ij moves it
    when weights do. With P_ij = a_i + a_j + b_ij, b not of single units, a statistic varies by F + S, S = sum_{i<j}
    b_ij^2; the influences have F + 2 S, and are drawn in by sqrt((F + S) / (F + 2 S)). S is of n (n - 3) / 2 degrees of
    freedom for n (n - 1) / 2 pairs. References: Hoeffding 1948; Efron & Stein 1981.
    """
    n = len(influence)
    total = float((influence**2).sum())
    if n < FEWEST_FOR_PAIRS or not total > 0:
        return influence
    rows = pairs.sum(axis=1)
    alone = (rows - rows.sum() / (2 * (n - 1))) / (n - 2)
    own = pairs - alone[:, None] - alone
    of_pairs = float((own[np.triu_indices(n, k=1)] ** 2).sum()) * (n - 1) / (n - 3)
    return np.asarray(influence * np.sqrt(min(max(total - of_pairs, of_pairs) / total, 1.0)))
