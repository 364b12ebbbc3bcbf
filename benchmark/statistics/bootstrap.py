"""The one interface through which any metric gets an interval: counts of stimuli in, one number per draw out."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.statistics.intervals import bias_corrected_interval, calibrated_resamples
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.types.score import Interval, Resamples

StimulusStatistic = Callable[[Int[ndarray, "draws stimuli"]], Float[ndarray, " draws"]]


class Bootstrapped(NamedTuple):
    """The statistic on the stimuli themselves, on each draw of them, and its 95 % interval over new stimuli."""

    estimate: float
    resamples: Float[ndarray, " draws"]
    interval: Interval


def bootstrap(statistic: StimulusStatistic, n_stimuli: int, *, draws: int, rng: np.random.Generator) -> Bootstrapped:
    """Run a statistic on the stimuli (every count one) and on bootstrap draws of them.

    Give two models generators of the same seed and their draws are the same: their resamples are then paired.
    """
    estimate = float(statistic(np.ones((1, n_stimuli), dtype=np.int64))[0])
    resamples = statistic(stimulus_counts(n_stimuli, draws=draws, rng=rng))
    calibrated = calibrated_resamples(Resamples(resamples), estimate, n_stimuli, 1)
    return Bootstrapped(estimate, resamples, bias_corrected_interval(estimate, calibrated))


def of_gram_matrices(
    metric: Callable[[ndarray, ndarray], float],
    first: Float[ndarray, "stimuli stimuli"],
    second: Float[ndarray, "stimuli stimuli"],
) -> StimulusStatistic:
    """Make a statistic of a metric of two Gram matrices: a draw takes the rows and columns of the drawn stimuli."""

    def statistic(counts: Int[ndarray, "draws stimuli"]) -> Float[ndarray, " draws"]:
        drawn = [np.repeat(np.arange(len(first)), count) for count in counts]
        return np.array([metric(first[np.ix_(d, d)], second[np.ix_(d, d)]) for d in drawn], dtype=np.float64)

    return statistic
