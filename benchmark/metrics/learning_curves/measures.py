"""What is read from learning curves: data efficiency, how far new images lag, one-sided confusions; with intervals.

Each is of the mean curve of the observers, people or runs of a model, and its interval over new observers.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.learning_curves.curves import (
    TEST_ROW,
    TRAINING_ROW,
    accuracy_lag,
    area,
    confusion_asymmetry,
    epoch_lag,
    epochs_to,
    learning_curves,
)
from brainrank.benchmark.metrics.learning_curves.phases import PHASES
from brainrank.benchmark.statistics.resampling import subject_counts
from brainrank.benchmark.statistics.uncertainty import MINIMUM_SUBJECTS, interval_over_stimuli
from brainrank.benchmark.types.score import Interval
from brainrank.benchmark.types.trials import BehaviouralAssembly

CRITERION = 0.6
AREA = {TRAINING_ROW: "area, training", TEST_ROW: "area, test"}
TO_CRITERION = {TRAINING_ROW: f"epochs to {CRITERION:.0%}, training", TEST_ROW: f"epochs to {CRITERION:.0%}, test"}
ACCURACY_LAG = "lag, training less test"
EPOCH_LAG = "lag, epochs"
ASYMMETRY = "confusion asymmetry"
NEVER = "the criterion is not reached"


class Estimate(NamedTuple):
    """A number and its interval; NaN where it is undefined, of which `reason` says why."""

    value: float
    interval: Interval
    reason: str = ""


def accuracy_name(phase: str, epoch: int) -> str:
    """What the accuracy of a phase in an epoch, counted from 1, is called."""
    return f"{phase} accuracy, epoch {epoch}"


def learning_measures(trials: BehaviouralAssembly) -> dict[str, float]:
    """The measures of all observers together; NaN where a criterion is never reached, or nobody confuses anything."""
    found = _of_curves(mean_of_defined(learning_curves(trials)))
    return {**found, ASYMMETRY: float(mean_of_defined(confusion_asymmetry(trials)[:, None])[0])}


def estimated_measures(
    trials: BehaviouralAssembly, *, draws: int, rng: np.random.Generator, level: float = 0.95
) -> dict[str, Estimate]:
    """The measures with intervals over new observers; fewer than three cannot tell how observers differ.

    An interval of the epochs to a criterion is there only where the criterion is reached on 97.5 % of the draws or
    more: on fewer its upper end is none of the epochs that there were.
    """
    values, n = learning_measures(trials), len(trials.observers)
    if n < MINIMUM_SUBJECTS:
        nothing = Interval(np.nan, np.nan, level)
        return {name: Estimate(value, nothing, _why(name, value)) for name, value in values.items()}
    curves, asymmetry = learning_curves(trials), confusion_asymmetry(trials)
    weights = subject_counts(n, draws=draws, rng=rng)
    drawn = [_of_curves(_weighted(curves, each)) for each in weights]
    resamples = {name: np.array([each[name] for each in drawn]) for name in drawn[0]}
    resamples[ASYMMETRY] = np.array([_weighted(asymmetry[:, None], each)[0] for each in weights])
    found = {}
    for name, value in values.items():
        interval = interval_over_stimuli(value, resamples[name], n_stimuli=n, level=level)
        if np.isnan(resamples[name]).mean() > (1 - level) / 2:
            interval = Interval(np.nan, np.nan, level)
        found[name] = Estimate(value, interval, _why(name, value))
    return found


def _why(name: str, value: float) -> str:
    if not np.isnan(value):
        return ""
    return "there are no confusions" if name == ASYMMETRY else NEVER


def _weighted(values: Float[ndarray, "observers ..."], weights: ndarray) -> Float[ndarray, "..."]:
    return np.asarray(mean_of_defined(np.repeat(values, weights, axis=0)))


def _of_curves(curves: Float[ndarray, "phases epochs"]) -> dict[str, float]:
    found = {
        accuracy_name(phase, epoch): float(value)
        for phase, row in zip(PHASES, curves, strict=True)
        for epoch, value in enumerate(row, start=1)
    }
    for row in (TRAINING_ROW, TEST_ROW):
        found[AREA[row]] = float(area(curves[row]))
        came = epochs_to(curves[row], CRITERION)
        found[TO_CRITERION[row]] = came if np.isfinite(came) else np.nan
    return {**found, ACCURACY_LAG: float(accuracy_lag(curves)), EPOCH_LAG: epoch_lag(curves)}
