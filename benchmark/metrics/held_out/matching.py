"""Soft matching of units: each of the one side is shared out among those of the other so that they correlate best.

Of k units and t targets, a plan T (k x t) of equal shares, rows summing to 1 / k and columns to 1 / t, maximises sum
T_ij r_ij, the correlation of the matched. It is optimal transport with the cost 1 - r; where k = t it is the best
pairing, one by one. Reference: Khosla & Williams 2024, Soft Matching Distance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.repeats import RepeatHalves, root_of_reliability
from brainrank.benchmark.metrics.alignment.similarity import Similarity, jackknifed
from brainrank.benchmark.metrics.regression.scores import standardised

MOST_STEPS = 10_000_000


class ReliableCorrelation(NamedTuple):
    """What perfect units reach: the mean over targets of theirs, and that of a target of the mean reliability.

    The first is no more than the second (the root is concave). `influence` is of the first.
    """

    lower: float
    upper: float
    influence: Float[ndarray, " units"]


def matching(
    x: Float[ndarray, "stimuli units"], y: Float[ndarray, "stimuli targets"]
) -> Float[ndarray, "units targets"]:
    """The plan of units and targets by their responses to the same stimuli.

    Units that do not vary are like no target (r = 0). Raises RuntimeError should the search for the plan not end.
    """
    from ot.lp import emd

    (k, t), r = (x.shape[1], y.shape[1]), _correlations(standardised(x).values, standardised(y).values)
    plan, search = emd(np.full(k, 1 / k), np.full(t, 1 / t), 1 - r, numItermax=MOST_STEPS, log=True)
    if search["warning"]:
        raise RuntimeError(f"The matching of {k} units and {t} targets was not found: {search['warning']}")
    return np.asarray(plan)


def matched_correlation(
    plan: Float[ndarray, "units targets"],
    x: Float[ndarray, "stimuli units"],
    y: Float[ndarray, "stimuli targets"],
    unit_of: Int[ndarray, " stimuli"],
) -> Similarity:
    """Return sum T_ij r_ij on these stimuli, and how much each stimulus, or group of stimuli, moves it.

    A stimulus drawn c times moves a correlation by (c - 1) / n (x y - r (x^2 + y^2) / 2), x and y standardised, to
    first order.
    """
    x, y = standardised(x).values, standardised(y).values
    shared = plan * _correlations(x, y)
    of_stimuli = ((x @ plan) * y).sum(axis=1) - (x**2 @ shared.sum(axis=1) + y**2 @ shared.sum(axis=0)) / 2
    return Similarity(float(shared.sum()), np.bincount(unit_of, weights=of_stimuli) / len(x))


def reliable_correlation(repeats: Sequence[RepeatHalves], unit_of: Int[ndarray, " stimuli"]) -> ReliableCorrelation:
    """The correlation of true responses with the mean of all repeats, from divisions of these into halves.

    A target's is the root of its reliability, by the r of its halves, the mean over divisions (`root_of_reliability`).
    """
    sums = [_sums_of_units(*halves, unit_of) for halves in repeats]
    r = np.mean([_correlation_of_sums(each.sum(axis=1)) for each in sums], axis=0)
    without = np.mean([_correlation_of_sums(each.sum(axis=1, keepdims=True) - each) for each in sums], axis=0)
    return ReliableCorrelation(
        float(root_of_reliability(r).mean()),
        float(root_of_reliability(r.mean(keepdims=True))[0]),
        jackknifed(root_of_reliability(without).mean(axis=1)),
    )


def _correlations(
    x: Float[ndarray, "stimuli units"], y: Float[ndarray, "stimuli targets"]
) -> Float[ndarray, "units targets"]:
    return np.asarray(x.T @ y / len(x))


def _sums_of_units(
    one: Float[ndarray, "stimuli targets"], other: Float[ndarray, "stimuli targets"], unit_of: Int[ndarray, " stimuli"]
) -> Float[ndarray, "6 units targets"]:
    """Number, x, y, x^2, y^2 and x y of each unit's stimuli, of standardised responses."""
    x, y = standardised(one).values, standardised(other).values
    sums = np.zeros((6, int(unit_of.max()) + 1, x.shape[1]))
    for each, values in zip(sums, (np.ones_like(x), x, y, x**2, y**2, x * y), strict=True):
        np.add.at(each, unit_of, values)
    return sums


def _correlation_of_sums(sums: Float[ndarray, "6 *any"]) -> Float[ndarray, "*any"]:
    n, x, y, xx, yy, xy = sums
    spread = np.sqrt(np.maximum((xx - x**2 / n) * (yy - y**2 / n), 0))
    return np.asarray(np.divide(xy - x * y / n, spread, out=np.zeros(spread.shape), where=spread > 0))
