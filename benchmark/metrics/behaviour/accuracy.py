"""Accuracy of observers."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
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
