"""Intervals of quantities that targets have, each by itself and their median, over draws of stimuli within folds."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.interval import true_spread
from brainrank.benchmark.metrics.regression.variance_partitioning import Quantity
from brainrank.benchmark.statistics.uncertainty import UNBOUNDED, Spread, deviations, spread, student_interval
from brainrank.benchmark.types.score import Interval


class Estimate(NamedTuple):
    """A value with its 95 % interval; both NaN where it is undefined."""

    value: float
    interval: Interval


class QuantityEstimates(NamedTuple):
    """The median over the targets that have the quantity, and each target's."""

    median: Estimate
    targets: tuple[Estimate, ...]


class Drawn(NamedTuple):
    """Draws of stimuli within folds: how often each occurs, of how many units, and in how many folds."""

    counts: Int[ndarray, "draws stimuli"]
    units: int
    folds: int


def estimate_quantity(
    quantity: Quantity, drawn: Drawn, *, support: tuple[float, float] = UNBOUNDED
) -> QuantityEstimates:
    """Estimate a quantity of targets, and its median over them, with intervals (`student_interval`) over stimuli.

    What an interval covers is the value that as many other stimuli would give, models fitted to them included. On a
    draw a target moves by the influence of the stimuli that occur more often than once, or not at all.
    """
    defined = np.flatnonzero(np.isfinite(quantity.values))
    nothing = Estimate(np.nan, Interval(np.nan, np.nan))
    targets = [nothing] * len(quantity.values)
    if not defined.size:
        return QuantityEstimates(nothing, tuple(targets))
    values = quantity.values[defined]
    deviating = (drawn.counts - 1).astype(np.float64) @ quantity.influence[:, defined]
    freedom = drawn.units - drawn.folds
    variances = deviating.var(axis=0, ddof=1) * drawn.units / freedom
    for place, value, variance in zip(defined, values, variances, strict=True):
        interval = student_interval(float(value), Spread(float(variance), freedom), support=support)
        targets[place] = Estimate(float(value), interval)
    medians = np.median(true_spread(values, deviating) + deviating, axis=1)
    of_median = deviations(medians, n_stimuli=drawn.units, strata=drawn.folds, stimulus_set="")
    middle = float(np.median(values))
    return QuantityEstimates(
        Estimate(middle, student_interval(middle, spread([of_median]), support=support)), tuple(targets)
    )
