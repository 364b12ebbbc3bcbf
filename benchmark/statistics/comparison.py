"""Models against each other on shared bootstrap draws: differences, and the places each model may have."""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.intervals import MINIMUM_RESAMPLES, bias_corrected_interval
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval

# Sums of squares are right to 1e-15 or so of themselves; a difference this much smaller is still right to 1e-9.
MOST_CANCELLED = 1e-6
PAIRS_AT_ONCE = 1000


class PairedComparison(NamedTuple):
    """The first model's estimate less the second's, its 95 % interval, and the two-sided p value of no difference."""

    difference: float
    interval: Interval
    p: float


class Ranks(NamedTuple):
    """The places each model may have, from `first` to `last`; NaN for a model without a score."""

    first: Float[ndarray, " models"]
    last: Float[ndarray, " models"]


def paired_comparison(
    estimates: Float[ndarray, "2"], resamples: Float[ndarray, "2 draws"], *, level: float = 0.95
) -> PairedComparison:
    """Compare two models whose resamples come from the same draws.

    p = 2 Phi(-|difference| / sd of the differences over draws): counting draws beyond zero could not go below
    2 / draws, too coarse for the correction over a leaderboard's pairs. Two models alike on every draw have p = 1.
    NaN when a model has no score or fewer than 40 draws are defined for both. Reference: Schütt et al. (2023).
    """
    difference = float(estimates[0] - estimates[1])
    differences = resamples[:1] - resamples[1:]
    interval = bias_corrected_interval(difference, differences[0], level=level)
    p = _two_sided_p(np.array([abs(difference)]), _standard_deviations(differences))
    return PairedComparison(difference, interval, float(p[0]))


def pairwise_p(
    estimates: Float[ndarray, " models"], resamples: Float[ndarray, "rows draws"]
) -> Float[ndarray, "models models"]:
    """Return the two-sided p value of every pair of models (see `paired_comparison`), NaN on the diagonal."""
    _require_one_row_each(estimates, resamples)
    distance = np.abs(estimates[:, None] - estimates)
    p = _two_sided_p(distance, _deviations_of_differences(resamples))
    np.fill_diagonal(p, np.nan)
    lower = np.tril_indices(len(p), k=-1)
    p[lower] = p.T[lower]
    return p


def benjamini_hochberg(p: Float[ndarray, " tests"]) -> Float[ndarray, " tests"]:
    """Return q values: q_(i) = min over j >= i of p_(j) m / j, at most 1. A NaN stays NaN and is not among the m tests.

    Raises InvalidDataError for a p value outside 0..1. Reference: Benjamini & Hochberg (1995).
    """
    tested = np.flatnonzero(~np.isnan(p))
    if ((p[tested] < 0) | (p[tested] > 1)).any():
        raise InvalidDataError("p values must lie between 0 and 1")
    q = np.full(p.shape, np.nan)
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * tested.size / np.arange(1, tested.size + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def ranks(estimates: Float[ndarray, " models"], resamples: Float[ndarray, "rows draws"], *, q: float = 0.05) -> Ranks:
    """Return the places each model may have: after all that are significantly better, before all significantly worse.

    `first` is 1 + the number of better models, the rank that is shown; models that cannot be told apart from the best
    all have rank 1. `last` is the number of models with an estimate less that of worse ones. Better means a higher
    estimate and a p value below `q` after the Benjamini-Hochberg correction over all pairs. Sharing a rank is not
    transitive, as being indistinguishable is not.

    Confidence sets for ranks from all differences are those of Mogstad, Romano, Shaikh & Wilhelm (2024); with this
    correction a share `q` of the differences told, not of the rankings, may be wrong. Why not the ranks of each draw:
    docs/decisions/ranks.md.
    """
    corrected = _corrected_over_pairs(pairwise_p(estimates, resamples))
    better = (corrected < q) & (estimates[:, None] > estimates)
    scored = ~np.isnan(estimates)
    first, last = 1 + better.sum(axis=0), scored.sum() - better.sum(axis=1)
    return Ranks(np.where(scored, first, np.nan), np.where(scored, last, np.nan))


def _corrected_over_pairs(p: Float[ndarray, "models models"]) -> Float[ndarray, "models models"]:
    """Return the q values of a symmetric matrix of p values, every pair counted once."""
    upper = np.triu_indices(len(p), k=1)
    q = np.full(p.shape, np.nan)
    q[upper] = benjamini_hochberg(p[upper])
    q.T[upper] = q[upper]
    return q


def _two_sided_p(distance: Float[ndarray, "*tests"], deviation: Float[ndarray, "*tests"]) -> Float[ndarray, "*tests"]:
    """Return 2 Phi(-distance / deviation); what does not vary is alike or not, without a doubt."""
    apart = 2 * scipy.special.ndtr(-distance / np.where(deviation > 0, deviation, 1.0))
    p = np.where(deviation > 0, apart, np.where(distance > 0, 0.0, 1.0))
    return np.where(np.isnan(deviation) | np.isnan(distance), np.nan, p)


def _deviations_of_differences(resamples: Float[ndarray, "models draws"]) -> Float[ndarray, "models models"]:
    """Return `_standard_deviations` of every pair's differences, on the draws defined for both.

    var(a - b) = var a + var b - 2 cov(a, b): matrix products instead of a pass over the draws for each pair. Where
    nearly everything cancels, which leaves rounding errors, the differences themselves are taken.
    """
    defined = ~np.isnan(resamples)
    count = defined.sum(axis=1, keepdims=True)
    mean = np.where(defined, resamples, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    centred, both = np.where(defined, resamples - mean, 0.0), defined.astype(np.float64)
    n = np.maximum(both @ both.T, 2)
    sums, squares = centred @ both.T, centred**2 @ both.T
    scale = squares + squares.T
    spread = scale - 2 * centred @ centred.T - (sums - sums.T) ** 2 / n
    deviations = np.sqrt(np.maximum(spread, 0) / (n - 1))
    first, second = np.nonzero(np.triu(spread <= MOST_CANCELLED * scale, k=1))
    for start in range(0, first.size, PAIRS_AT_ONCE):
        block = slice(start, start + PAIRS_AT_ONCE)
        deviations[first[block], second[block]] = _standard_deviations(
            resamples[first[block]] - resamples[second[block]]
        )
    return np.where(both @ both.T < MINIMUM_RESAMPLES, np.nan, deviations)


def _standard_deviations(values: Float[ndarray, "rows draws"]) -> Float[ndarray, " rows"]:
    """Return each row's standard deviation over defined values: NaN with fewer than 40, exactly 0 if all are equal."""
    defined = ~np.isnan(values)
    n = np.maximum(defined.sum(axis=1), 2)
    deviations = np.where(defined, values - np.where(defined, values, 0).sum(axis=1, keepdims=True) / n[:, None], 0)
    variance = (deviations**2).sum(axis=1) / (n - 1)
    largest = np.where(defined, values, -np.inf).max(axis=1, initial=-np.inf)
    smallest = np.where(defined, values, np.inf).min(axis=1, initial=np.inf)
    variance = np.where(largest == smallest, 0.0, variance)
    return np.where(defined.sum(axis=1) < MINIMUM_RESAMPLES, np.nan, np.sqrt(variance))


def _require_one_row_each(estimates: Float[ndarray, " models"], resamples: Float[ndarray, "rows draws"]) -> None:
    if len(estimates) != len(resamples):
        raise InvalidDataError(
            f"{len(estimates)} estimates and resamples of {len(resamples)} models; each model needs one row of draws"
        )
