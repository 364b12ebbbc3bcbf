"""The noise ceiling of an encoding score: the r that the true responses would have with the measured ones."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.encoding.brainscore import half_split_ceiling, random_halves
from brainrank.benchmark.metrics.encoding.interval import median_of_defined
from brainrank.benchmark.metrics.encoding.scores import resampled_correlations
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.types.score import Interval, NoiseCeiling

SPLITS, DRAWS_A_SPLIT = 10, 20


def prediction_ceiling(
    responses: Float[ndarray, "stimuli repeats targets"], *, rng: np.random.Generator
) -> NoiseCeiling:
    """Return sqrt(S / (S + N h)): the best r with responses averaged over each stimulus's own number of repeats.

    S is the variance of the true responses over stimuli, N the noise of one presentation, h the mean over stimuli of
    1 / n_i, n_i repeats each. S / (S + N) = rho / (R - (R - 1) rho) follows from Brain-Score's reliability rho
    (Spearman-Brown of random half splits, median over targets), which is that of the R repeats of the stimuli that were
    repeated (harmonic mean). With equal repeats the ceiling is the root of rho. The interval is over draws of the
    repeated stimuli. NaN, with the reason, where the study published averages only or the repeats do not agree.
    """
    if responses.shape[1] < 2:
        return NoiseCeiling(np.nan, np.nan, "the study published responses averaged over repeats")
    reliability = half_split_ceiling(responses, rng=rng, splits=SPLITS)
    if reliability.reason:
        return NoiseCeiling(np.nan, np.nan, reliability.reason)
    interval = bias_corrected_interval(reliability.value, _resampled_reliability(responses, rng))
    bounds = Interval(_best_r(interval.low, responses), _best_r(interval.high, responses), interval.level)
    if not reliability.value > 0:
        return NoiseCeiling(np.nan, np.nan, "the repeats do not agree with each other", bounds)
    ceiling = _best_r(reliability.value, responses)
    return NoiseCeiling(ceiling, ceiling, interval=bounds)


def _best_r(reliability: float, responses: Float[ndarray, "stimuli repeats targets"]) -> float:
    """The ceiling that a reliability of the repeated stimuli means; of a negative one, its sign is kept."""
    presented = np.isfinite(responses).sum(axis=1).max(axis=1)
    repeats = 1 / np.mean(1 / presented[presented > 1])
    single = abs(reliability) / (repeats - (repeats - 1) * abs(reliability))
    noise = (1 - single) * np.mean(1 / presented[presented > 0])
    return float(np.sign(reliability) * np.sqrt(single / (single + noise))) if reliability else 0.0


def _resampled_reliability(
    responses: Float[ndarray, "stimuli repeats targets"], rng: np.random.Generator
) -> Float[ndarray, " draws"]:
    """The reliability on draws of the stimuli that both halves hold, a few draws for each of several splits."""
    drawn = []
    for _ in range(SPLITS):
        first, second = random_halves(responses, rng=rng)
        both = (np.isfinite(first) & np.isfinite(second)).all(axis=1)
        if both.sum() < 2:
            continue
        counts = stimulus_counts(int(both.sum()), draws=DRAWS_A_SPLIT, rng=rng).astype(np.float32)
        one_fold = np.zeros(int(both.sum()), dtype=np.int64)
        r = resampled_correlations(first[both], second[both], fold_of=one_fold, counts=counts).astype(np.float64)
        drawn.append(median_of_defined(np.divide(2 * r, 1 + r, out=np.full_like(r, np.nan), where=r > -1)))
    return np.concatenate(drawn) if drawn else np.full(1, np.nan)
