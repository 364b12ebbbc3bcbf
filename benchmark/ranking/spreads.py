"""Variances of many differences at once, and their degrees of freedom: `statistics.uncertainty.spread`, vectorised."""

from collections.abc import Sequence

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.statistics.uncertainty import MINIMUM_DRAWS
from brainrank.benchmark.statistics.variance_parts import Spreads

# Sums of squares are right to 1e-15 or so of themselves; a difference this much smaller is still right to 1e-9.
MOST_CANCELLED = 1e-6
PAIRS_AT_ONCE = 1000


def row_variances(values: Float[ndarray, "rows draws"]) -> Float[ndarray, " rows"]:
    """Return each row's variance over its defined draws: NaN with fewer than 40, exactly 0 where all are equal."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=1)
    n = np.maximum(count, 2)
    found = np.where(defined, values, 0.0)
    centred = np.where(defined, found - found.sum(axis=1, keepdims=True) / n[:, None], 0.0)
    variance = np.einsum("rd,rd->r", centred, centred) / (n - 1)
    largest = np.where(defined, values, -np.inf).max(axis=1, initial=-np.inf)
    smallest = np.where(defined, values, np.inf).min(axis=1, initial=np.inf)
    return np.where(count < MINIMUM_DRAWS, np.nan, np.where(largest == smallest, 0.0, variance))


def difference_variances(
    left: Sequence[Float[ndarray, "rows draws"]],
    right: Sequence[Float[ndarray, "columns draws"]],
    weights: Sequence[Float[ndarray, "rows columns"]],
    wanted: Bool[ndarray, "rows columns"],
) -> Float[ndarray, "rows columns"]:
    """Return the variance over draws of sum_k weights_k (left_k - right_k) for every wanted pair of rows; else 0.

    var(a - b) = var a + var b - 2 cov(a, b), by matrix products. Where nearly everything cancels, which leaves rounding
    errors, and where draws are undefined, the differences themselves are taken, on the draws defined for both.
    """
    defined = ~np.isnan(np.array([each.sum(axis=1) for each in left])).any(axis=0)[:, None]
    defined = defined & ~np.isnan(np.array([each.sum(axis=1) for each in right])).any(axis=0)
    lefts = [_centred(each) for each in left]
    rights = lefts if right is left else [_centred(each) for each in right]
    scale, variance = np.zeros(wanted.shape), np.zeros(wanted.shape)
    for k, (one, other) in enumerate(zip(lefts, rights, strict=True)):
        for m in range(k + 1):
            # Of two different benchmarks both orders count.
            weight = weights[k] * weights[m] * (1 if m == k else 2)
            own = np.einsum("rd,rd->r", one, lefts[m])[:, None] + np.einsum("rd,rd->r", other, rights[m])
            cross = one @ rights[m].T
            cross += cross if m == k else lefts[m] @ other.T
            variance += weight * (own - cross)
            scale += np.abs(weight * own)
    draws = left[0].shape[1]
    variance /= max(draws - 1, 1)
    close = variance * max(draws - 1, 1) <= MOST_CANCELLED * scale
    rows, columns = np.nonzero(wanted & ((close & (scale > 0)) | ~defined))
    for start in range(0, rows.size, PAIRS_AT_ONCE):
        block = (rows[start : start + PAIRS_AT_ONCE], columns[start : start + PAIRS_AT_ONCE])
        variance[block] = row_variances(_differences(left, right, weights, *block))
    if draws < MINIMUM_DRAWS:
        variance[:] = np.nan
    return np.where(wanted, variance, 0.0)


def p_values(distance: Float[ndarray, "*any"], of: Spreads) -> Float[ndarray, "*any"]:
    """Return 2 T(-distance / sqrt(V)) as `uncertainty.two_sided_p` does; what does not vary is alike or not."""
    varies = of.variance > 0
    apart = 2 * scipy.special.stdtr(of.freedom, -distance / np.sqrt(np.where(varies, of.variance, 1.0)))
    p = np.where(varies, apart, np.where(distance > 0, 0.0, 1.0))
    return np.where(np.isnan(of.variance) | np.isnan(distance), np.nan, p)


def _differences(
    left: Sequence[Float[ndarray, "rows draws"]],
    right: Sequence[Float[ndarray, "columns draws"]],
    weights: Sequence[Float[ndarray, "rows columns"]],
    rows: ndarray,
    columns: ndarray,
) -> Float[ndarray, "pairs draws"]:
    """Benchmarks that a pair does not have in common weigh nothing, whatever their draws."""
    total = np.zeros((rows.size, left[0].shape[1]))
    for one, other, weight in zip(left, right, weights, strict=True):
        each = weight[rows, columns][:, None]
        total += np.where(each > 0, each * (one[rows] - np.asarray(other[columns], dtype=np.float64)), 0.0)
    return total


def _centred(values: Float[ndarray, "rows draws"]) -> Float[ndarray, "rows draws"]:
    found = np.nan_to_num(np.asarray(values, dtype=np.float64))
    return np.asarray(found - found.mean(axis=1, keepdims=True))
