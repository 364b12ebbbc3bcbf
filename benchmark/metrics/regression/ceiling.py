"""The noise ceiling of an encoding score: the r that the true responses would have with the measured ones.

Defined in docs/conventions.md#noise-ceilings.
"""

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


def prediction_ceiling(
    responses: Float[ndarray, "stimuli repeats targets"],
    *,
    units: Int[ndarray, " stimuli"],
    rng: np.random.Generator,
) -> NoiseCeiling:
    """Return sqrt(S / (S + N h)): the best r with responses averaged over each stimulus's own number of repeats.

    S is the variance of the true responses over stimuli, N the noise of one presentation, h the mean over stimuli of
    1 / n_i, n_i repeats each. S / (S + N) = rho / (R - (R - 1) rho) follows from Brain-Score's reliability rho
    (Spearman-Brown of random half splits, median over targets), which is that of the R repeats of the stimuli that were
    repeated (harmonic mean). With equal repeats the ceiling is the root of rho; where repeats disagree, so that rho is
    negative, it is minus the root of |rho|. The interval is over draws of the repeated stimuli, or of the `units` they
    belong to. NaN, with the reason, where the study published averages only.
    """
    if responses.shape[1] < 2:
        return NoiseCeiling(np.nan, np.nan, "each stimulus has one response, or one averaged over repeats")
    reliability = half_split_ceiling(responses, rng=rng, splits=SPLITS)
    if reliability.reason:
        return NoiseCeiling(np.nan, np.nan, reliability.reason)
    repeated = (np.isfinite(responses).sum(axis=1) > 1).all(axis=1)
    if repeated.sum() < FEWEST_REPEATED:
        reason = f"{repeated.sum()} stimuli have repeats of every target; {FEWEST_REPEATED} are the fewest"
        return NoiseCeiling(np.nan, np.nan, reason)
    value = max(reliability.value, LEAST)
    draws = _reliability_draws(responses[repeated], units[repeated], rng)
    interval = student_interval(value, spread([draws]), support=CORRELATION)
    bounds = Interval(_best_r(interval.low, responses), _best_r(interval.high, responses), interval.level)
    ceiling = _best_r(value, responses)
    reason = "" if value > 0 else "the repeats do not agree with each other"
    return NoiseCeiling(ceiling, ceiling, reason, bounds)


def _best_r(reliability: float, responses: Float[ndarray, "stimuli repeats targets"]) -> float:
    """The ceiling that a reliability of the repeated stimuli means; of a negative one, its sign is kept."""
    presented = np.isfinite(responses).sum(axis=1).max(axis=1)
    repeats = 1 / np.mean(1 / presented[presented > 1])
    single = abs(reliability) / (repeats - (repeats - 1) * abs(reliability))
    noise = (1 - single) * np.mean(1 / presented[presented > 0])
    return float(np.sign(reliability) * np.sqrt(single / (single + noise))) if reliability else 0.0


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
