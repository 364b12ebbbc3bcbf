"""What a planned study can tell: which model is found first where which is true, and with how many subjects."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.design.worlds import StudyWorlds
from brainrank.benchmark.ranking.places import LEVEL
from brainrank.benchmark.ranking.spreads import p_values
from brainrank.benchmark.recovery.detection import POWER
from brainrank.benchmark.recovery.outcomes import SAME
from brainrank.benchmark.statistics.uncertainty import MINIMUM_SUBJECTS
from brainrank.benchmark.statistics.variance_parts import VarianceParts

MOST_SUBJECTS = 100
FEWEST_SUBJECTS = 2
FEWEST_TESTED = MINIMUM_SUBJECTS
"""Of fewer subjects nobody knows how they differ, and models are compared over images alone."""


@dataclass(frozen=True)
class Power:
    """Shares of worlds with so many subjects, each model (row) being the truth in turn.

    `found` is how often each model (column) is first, models that tie sharing it; `certain` how often the true one is
    first and told from the second; `told` how often it is told to be better than each, NaN from itself and from models
    of the same features.
    """

    subjects: int
    worlds: int
    found: Float[ndarray, "truths models"]
    certain: Float[ndarray, " truths"]
    told: Float[ndarray, "truths models"]

    @property
    def first(self) -> float:
        """How often the true model is first, mean over truths."""
        return float(np.diagonal(self.found).mean())

    @property
    def mean(self) -> float:
        """How often the true model is first and told from the second, mean over truths."""
        return float(self.certain.mean())

    @property
    def mean_error(self) -> float:
        """The standard error of that mean, of worlds."""
        return float(np.sqrt((self.certain * (1 - self.certain)).sum() / self.worlds) / len(self.certain))

    def error(self, share: Float[ndarray, "*any"]) -> Float[ndarray, "*any"]:
        """The standard error of a share of a truth's worlds."""
        return np.asarray(np.sqrt(share * (1 - share) / self.worlds))


def power(truths: Sequence[StudyWorlds], subjects: int) -> Power:
    """What comes out with so many subjects; `truths` are the worlds of each model in turn."""
    found, certain, told = [], [], []
    for worlds in truths:
        scores = worlds.scores(subjects)
        truth, means = worlds.truth, scores.mean(axis=2)
        leading = means >= means.max(axis=1, keepdims=True) - SAME
        found.append((leading / leading.sum(axis=1, keepdims=True)).mean(axis=0))
        better = _told_better(scores, worlds)
        means[:, truth] = -np.inf
        second = means.argmax(axis=1)
        certain.append((leading[:, truth] & better[np.arange(len(better)), second]).mean())
        told.append(np.where(_same(scores, truth), np.nan, better.mean(axis=0)))
    return Power(subjects, len(scores), np.array(found), np.array(certain), np.array(told))


def _same(scores: Float[ndarray, "worlds models subjects"], truth: int) -> Bool[ndarray, " models"]:
    """Which models have the features of the true one: the same scores everywhere."""
    return np.asarray((np.abs(scores[:, truth, None] - scores) < SAME).all(axis=(0, 2)))


def _told_better(
    scores: Float[ndarray, "worlds models subjects"], worlds: StudyWorlds
) -> Bool[ndarray, "worlds models"]:
    """Whether the true model is told to be better than each: their difference over t sqrt(V), as any two models'."""
    apart = scores[:, worlds.truth, None] - scores
    apart[np.abs(apart) < SAME] = 0.0
    differences, subjects = apart.mean(axis=2), apart.shape[2]
    of_images = worlds.of_images(subjects)
    total = VarianceParts(*differences.shape)
    total.add_stimuli(np.broadcast_to(of_images.stimuli, differences.shape), worlds.images - 1)
    if subjects >= MINIMUM_SUBJECTS:
        of_subjects = apart.var(axis=2, ddof=1) / subjects
        total.add_subjects(of_subjects, np.broadcast_to(of_images.both, differences.shape), subjects - 1)
    return np.asarray((p_values(np.abs(differences), total.total) < LEVEL) & (differences > 0))


def smallest_subjects(share: Callable[[int], float]) -> float:
    """The fewest subjects, three at least, with which a share that grows with them is 80 %; infinite beyond 100."""
    low, high = FEWEST_TESTED - 1, FEWEST_TESTED
    while share(high) < POWER:
        if high == MOST_SUBJECTS:
            return math.inf
        low, high = high, min(2 * high, MOST_SUBJECTS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if share(middle) >= POWER else (middle, high)
    return float(high)
