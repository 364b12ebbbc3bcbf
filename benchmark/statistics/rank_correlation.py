"""Spearman's correlation over models, and how sure it is (docs/conventions.md#correlations-over-models)."""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.statistics.uncertainty import CORRELATION, interval_over_stimuli
from brainrank.benchmark.types.score import Interval

FEWEST = 5
DRAWS = 2000


class RankCorrelation(NamedTuple):
    """Spearman's rho of `n` pairs with its 95 % bootstrap interval; NaN, with the reason, where it is undefined."""

    rho: float
    interval: Interval
    n: int
    reason: str = ""


def rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64], *, rng: np.random.Generator) -> RankCorrelation:
    """Spearman's rho: Pearson's r of midranks, over the pairs that are defined.

    The interval is over draws of pairs with replacement; a draw without variance is left out.
    Undefined with fewer than five pairs, or where all x or all y are equal.
    """
    defined = np.isfinite(x) & np.isfinite(y)
    x, y = x[defined], y[defined]
    n, nothing = len(x), Interval(np.nan, np.nan)
    if n < FEWEST:
        return RankCorrelation(np.nan, nothing, n, f"a correlation of {n} models says nothing; {FEWEST} are the fewest")
    rho = float(rho_of_rows(x[None], y[None])[0])
    if np.isnan(rho):
        return RankCorrelation(np.nan, nothing, n, "all values on one axis are equal")
    drawn = rng.integers(n, size=(DRAWS, n))
    interval = interval_over_stimuli(rho, rho_of_rows(x[drawn], y[drawn]), n_stimuli=n, support=CORRELATION)
    return RankCorrelation(rho, interval, n)


def rho_of_rows(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spearman's rho of each row of x with that of y, NaN where one has no variance."""

    a, b = (scipy.stats.rankdata(each, axis=1) for each in (x, y))
    a, b = (each - each.mean(axis=1, keepdims=True) for each in (a, b))
    length = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray((a * b).sum(axis=1) / np.where(length > 0, length, np.nan))
