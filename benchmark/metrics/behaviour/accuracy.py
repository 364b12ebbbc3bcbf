"""Accuracy of observers."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio


class Accuracy(NamedTuple):
    """Share of right answers per observer; `reasons` says for each index of a NaN why."""

    value: Float[ndarray, " observers"]
    reasons: dict[int, str]


def accuracy(
    correct: Bool[ndarray, "observers stimuli"], shown: Bool[ndarray, "observers stimuli"] | None = None
) -> Accuracy:
    """Share of the trials an observer saw that it answered rightly: right / seen. A missing answer is a wrong one.

    Undefined (NaN with the reason) for an observer without trials.
    """
    seen = np.ones_like(correct) if shown is None else shown
    trials = seen.sum(axis=1)
    value = ratio((correct & seen).sum(axis=1), trials)
    return Accuracy(value, {int(row): "the observer has no trials" for row in np.flatnonzero(trials == 0)})


def resampled_accuracy(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None = None,
    *,
    counts: Shaped[ndarray, "draws stimuli"],
) -> Float[ndarray, "draws observers"]:
    """Accuracy on resamples of the stimuli, each a row of `counts`; NaN where a resample holds none that was seen."""
    weight = counts.astype(np.float64)
    seen = np.ones(correct.shape) if shown is None else shown.astype(np.float64)
    return ratio(weight @ (correct * seen).T, weight @ seen.T)
