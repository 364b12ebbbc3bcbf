"""The noise ceiling of an encoding score: the r that the true responses would have with the measured ones.

Defined in docs/conventions.md#noise-ceilings.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.brainscore import half_split_ceiling, random_halves
from brainrank.benchmark.metrics.regression.influence import held_out_influence
from brainrank.benchmark.metrics.regression.ridge import TARGETS_PER_BLOCK, target_blocks
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, spread, student_interval
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling

SPLITS, DRAWS = 10, 200
FEWEST_REPEATED = 3
LEAST = -1.0  # Spearman and Brown's formula leaves a correlation's range where halves contradict each other


class PredictionCeilings(NamedTuple):
    """The ceiling of the median over targets, and that of each target by itself (NaN where it has none)."""

    of_median: NoiseCeiling
    of_targets: Float[ndarray, " targets"]


def prediction_ceilings(
    responses: Float[ndarray, "stimuli repeats targets"],
    *,
    units: Int[ndarray, " stimuli"],
    rng: np.random.Generator,
) -> PredictionCeilings:
    """Return sqrt(S / (S + N h)): the best r with responses averaged over each stimulus's own number of repeats.

    S is the variance of the true responses over stimuli, N the noise of one presentation, h the mean over stimuli of
    1 / n_i, n_i repeats each. S / (S + N) = rho / (R - (R - 1) rho) follows from Brain-Score's reliability rho
    (Spearman-Brown of random half splits, median over targets), which is that of the R repeats of the stimuli that were
    repeated (harmonic mean). With equal repeats the ceiling is the root of rho; where repeats disagree, so that rho is
    negative, it is minus the root of |rho|. The interval is over draws of the repeated stimuli, or of the `units` they
    belong to. NaN, with the reason, where the study published averages only. A target's own is that of its mean rho
    over the splits.
    """
    if responses.shape[1] < 2:
        return _none("each stimulus has one response, or one averaged over repeats", responses)
    reliability = half_split_ceiling(responses, rng=rng, splits=SPLITS)
    if reliability.reason:
        return _none(reliability.reason, responses)
    repeated = (np.isfinite(responses).sum(axis=1) > 1).all(axis=1)
    if repeated.sum() < FEWEST_REPEATED:
        return _none(
            f"{repeated.sum()} stimuli have repeats of every target; {FEWEST_REPEATED} are the fewest", responses
        )
    value = max(reliability.value, LEAST)
    draws = _reliability_draws(responses[repeated], units[repeated], rng)
    interval = student_interval(value, spread([draws]), support=CORRELATION)
    of_targets = np.maximum(reliability.r.mean(axis=0), LEAST)
    presented = np.isfinite(responses).sum(axis=1).max(axis=1)
    found = _best_r(np.array([value, interval.low, interval.high, *of_targets]), presented)
    ceiling, low, high = found[:3].tolist()
    reason = "" if value > 0 else "the repeats do not agree with each other"
    return PredictionCeilings(
        NoiseCeiling(ceiling, ceiling, reason, Interval(low, high, interval.level)), np.asarray(found[3:])
    )


def _none(reason: str, responses: Float[ndarray, "stimuli repeats targets"]) -> PredictionCeilings:
    return PredictionCeilings(NoiseCeiling(np.nan, np.nan, reason), np.full(responses.shape[2], np.nan))


def _best_r(reliability: Float[ndarray, " any"], presented: Int[ndarray, " stimuli"]) -> Float[ndarray, " any"]:
    """The ceilings that reliabilities of the repeated stimuli mean; of a negative one, its sign is kept."""
    repeats = 1 / np.mean(1 / presented[presented > 1])
    size = np.abs(reliability)
    single = size / (repeats - (repeats - 1) * size)
    noise = (1 - single) * np.mean(1 / presented[presented > 0])
    some = size > 0
    return np.asarray(np.sign(reliability) * np.sqrt(single / np.where(some, single + noise, 1.0)))


def _reliability_draws(
    responses: Float[ndarray, "stimuli repeats targets"], units: Int[ndarray, " stimuli"], rng: np.random.Generator
) -> Draws:
    """How the reliability deviates on draws of stimuli, r of two halves moving by each one's influence."""
    counts = stimulus_counts(len(responses), draws=DRAWS, rng=rng, units=units)
    medians = []
    for _ in range(SPLITS):
        halves = random_halves(responses, rng=rng)
        first, second = (np.where(np.isfinite(each), each, np.nanmean(each, axis=0)) for each in halves)
        moved = np.empty((DRAWS, responses.shape[2]))
        for block in target_blocks(responses.shape[2], TARGETS_PER_BLOCK):  # of a whole brain, all would be gigabytes
            one, other = first[:, block], second[:, block]
            r = target_scores(one, other, fold_of=np.zeros(len(one), dtype=np.int64)).r
            moved[:, block] = r + (counts - 1) @ held_out_influence(one, other).stimuli / len(one)
        medians.append(
            _median_of_defined(np.divide(2 * moved, 1 + moved, out=np.full_like(moved, np.nan), where=moved > -1))
        )
    n_units = len(np.unique(units))
    # As the estimate is, which the interval has to be of.
    return deviations(np.maximum(np.mean(medians, axis=0), LEAST), n_stimuli=n_units, stimulus_set="")


def _median_of_defined(r: Float[ndarray, "draws targets"]) -> Float[ndarray, " draws"]:
    """Median over targets of each draw, leaving out targets undefined in it; NaN where none is defined."""
    defined = np.isfinite(r)
    some = defined.any(axis=1)
    medians = np.full(len(r), np.nan)
    if defined.all():
        return np.asarray(np.median(r, axis=1), dtype=np.float64)
    medians[some] = np.nanmedian(r[some], axis=1)
    return medians
