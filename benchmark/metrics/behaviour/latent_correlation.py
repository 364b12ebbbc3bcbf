"""The latent correlation of two observers' errors: what their answers share, whatever their accuracies are.

Kappa's range depends on the accuracies: of two groups of people a model has the higher kappa with the one that errs as
often as it does, though it share no more with it. Let whether an observer is right be whether a normal variable, how
clear the image is to it, lies above a threshold, which its accuracy tells; r is the correlation of two observers'
variables, the tetrachoric correlation of their answers (Pearson 1900). It is had from few trials of many pairs so:

1. The odds ratio of errors over pairs, as Mantel & Haenszel (1959) take it, needs no number of trials in any one:
   w = sum(c d / n) / sum((a - c)(b - c) / n), of n shared trials a and b right for the first and the second, c right
   for both and d = n - a - b + c for neither. One pair with half a trial of each kind is added (Haldane 1956): some
   group may never be wrong where a model is right.
2. The share p of trials that both have right, at mean accuracies p1 and p2, that gives this odds ratio:
   p (1 - p1 - p2 + p) = w (p1 - p)(p2 - p).
3. r where the bivariate normal distribution at the two thresholds is p.

Defined in docs/conventions.md#latent-correlation-of-errors.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.error_consistency import PairCounts

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
ADDED = 0.5  # trials in each of the four cells of one more pair, so that there is an odds ratio where one is empty
STEPS, TOLERANCE = 50, 1e-12  # of the angle whose sine is r


class OddsTerms(NamedTuple):
    """What pairs add to the two sums of the odds ratio; the trials they share, and those right for either, for both."""

    alike: Float[ndarray, "*shape"]
    apart: Float[ndarray, "*shape"]
    trials: Float[ndarray, "*shape"]
    first: Float[ndarray, "*shape"]
    second: Float[ndarray, "*shape"]
    both: Float[ndarray, "*shape"]


def odds_terms(counts: PairCounts) -> OddsTerms:
    """The terms of each pair from whole-number counts; 0 without trials in common."""
    n, a, b, both = counts
    some = np.where(n > 0, n, 1.0)
    return OddsTerms(both * (n - a - b + both) / some, (a - both) * (b - both) / some, n, a, b, both)


def log_odds_ratio(alike: Float[ndarray, "*shape"], apart: Float[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
    """The natural logarithm of alike / apart, both sums over pairs, to which one of `ADDED` trials a cell is added."""
    return np.asarray(np.log(alike + ADDED / 4) - np.log(apart + ADDED / 4))


class LatentCorrelation(NamedTuple):
    """The correlation of the two variables, and how much it rises with the logarithm of the odds ratio."""

    r: Float[ndarray, "*shape"]
    slope: Float[ndarray, "*shape"]


def latent_correlation(
    log_odds: Float[ndarray, "*shape"], first: Float[ndarray, "*shape"], second: Float[ndarray, "*shape"]
) -> LatentCorrelation:
    """The latent correlation of observers whose accuracies are `first` and `second`, by their log odds ratio.

    Newton's steps on the angle whose sine it is, halving where one leaves the bracket. NaN where an accuracy is 0 or 1,
    or NaN.
    """
    defined = (first > 0) & (first < 1) & (second > 0) & (second < 1)
    log_w, p1, p2 = (np.where(defined, each, usual) for each, usual in ((log_odds, 0.0), (first, 0.5), (second, 0.5)))
    both = both_right(np.exp(log_w), p1, p2)
    limits = scipy.special.ndtri(p1), scipy.special.ndtri(p2)
    angle, low, high = np.zeros(both.shape), np.full(both.shape, -np.pi / 2), np.full(both.shape, np.pi / 2)
    for _ in range(STEPS):
        error = p1 * p2 + _excess(angle, *limits) - both
        low, high = np.where(error < 0, angle, low), np.where(error < 0, high, angle)
        # Where the density is 0 the step leaves the bracket.
        step = angle - error / np.maximum(_density(angle, *limits), np.finfo(np.float64).tiny)
        inside = (step > low) & (step < high)
        angle, before = np.where(inside, step, (low + high) / 2), angle
        if np.abs(angle - before).max(initial=0.0) < TOLERANCE:
            break
    rise = 1 / both + 1 / (1 - p1 - p2 + both) + 1 / (p1 - both) + 1 / (p2 - both)  # of the log odds, with `both`
    slope = np.cos(angle) / (_density(angle, *limits) * rise)
    return LatentCorrelation(*(np.where(defined, each, np.nan) for each in (np.sin(angle), slope)))


def both_right(
    odds: Float[ndarray, "*shape"], first: Float[ndarray, "*shape"], second: Float[ndarray, "*shape"]
) -> Float[ndarray, "*shape"]:
    """The share of trials right for both that gives an odds ratio: (s - sqrt(s^2 - 4 w (w - 1) p1 p2)) / (2 (w - 1)).

    s = 1 + (w - 1)(p1 + p2), and p1 p2 where w = 1 (Plackett 1965).
    """
    more = odds - 1
    s = 1 + more * (first + second)
    root = np.sqrt(np.maximum(s**2 - 4 * odds * more * first * second, 0.0))
    # Multiplied out, so that nothing is divided by a difference that is 0 where w = 1.
    return np.asarray(2 * odds * first * second / (s + root))


def _excess(
    angle: Float[ndarray, "*shape"], first: Float[ndarray, "*shape"], second: Float[ndarray, "*shape"]
) -> Float[ndarray, "*shape"]:
    """What r = sin(angle) adds to the share that both are below `first` and `second` (Drezner & Wesolowsky 1990)."""
    at = (angle[..., None] / 2) * (NODES + 1)
    return np.asarray(angle / 2 * (_density(at, first[..., None], second[..., None]) @ WEIGHTS))


def _density(
    angle: Float[ndarray, "*shape"], first: Float[ndarray, "*other"], second: Float[ndarray, "*other"]
) -> Float[ndarray, "*shape"]:
    """How much that share rises with the angle."""
    exponent = (first**2 + second**2 - 2 * first * second * np.sin(angle)) / (2 * np.cos(angle) ** 2)
    return np.asarray(np.exp(-exponent) / (2 * np.pi))
