"""Whether the model that is true is found: first, and told apart by the paired comparison, over simulated worlds.

A world is a study as it might have come out if one of the models were how the brain, or people, do it. All models are
scored in it, and the true one is compared with each as any two models are (`ranking.paired`): their difference over
t sqrt(V). Of V, what subjects contribute is taken anew in each world, as there are few of them and it varies; what
stimuli contribute, and both together, is the mean over a few worlds. Reference: Avitan & Golan (2025), model recovery.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.ranking.places import LEVEL
from brainrank.benchmark.ranking.spreads import p_values
from brainrank.benchmark.recovery.detection import POWER
from brainrank.benchmark.statistics.uncertainty import BOTH, MINIMUM_SUBJECTS, STIMULI
from brainrank.benchmark.statistics.variance_parts import Spreads, VarianceParts
from brainrank.benchmark.types.score import Draws

SAME = 1e-5
"""Scores this close are of models with the same features: products are in float32."""


class SimulatedScores(NamedTuple):
    """Scores of all models in the worlds of one truth, by subject, and in the first of them how they deviate.

    `draws` are those of a metric's score (`types.score.Draws`), for each of some worlds and each model.
    """

    by_subject: Float[ndarray, "worlds models subjects"]
    draws: Sequence[Sequence[Draws]]


class TruthOutcome(NamedTuple):
    """How often a true model is `first`, and first and told apart from the second (`certain`).

    For each model: how often the true one is told to be better, the mean difference, the smallest difference that would
    be told with 80 % power, and how many times as many images, subjects, or both, that power takes for the difference
    there is: infinite where no number of them is enough. NaN for the true model, and for those of the same features.
    """

    first: float
    certain: float
    told: Float[ndarray, " models"]
    differences: Float[ndarray, " models"]
    smallest: Float[ndarray, " models"]
    times: "Times"


class Times(NamedTuple):
    """How many times as many images, subjects, or both: 1 where there are enough."""

    images: Float[ndarray, " models"]
    subjects: Float[ndarray, " models"]
    both: Float[ndarray, " models"]


def outcome(found: SimulatedScores, truth: int) -> TruthOutcome:
    """What came out in the worlds of a true model, told by its place among the models.

    A model that ties with the true one shares the first place: of k that tie each is first 1 / k times.
    """
    scores = found.by_subject.mean(axis=2)
    apart = found.by_subject[:, truth, None, :] - found.by_subject
    apart[np.abs(apart) < SAME] = 0.0
    differences = apart.mean(axis=2)
    subjects, spreads = _spreads(apart, found.draws, truth)
    better = (p_values(np.abs(differences), spreads) < LEVEL) & (differences > 0)
    leading = (differences >= 0).all(axis=1)
    tied = (differences == 0).sum(axis=1)
    second = _second(scores, truth)
    worlds = np.arange(len(scores))
    smallest, times = _power(differences, spreads, subjects)
    return TruthOutcome(
        first=float((leading / tied).mean()),
        certain=float((leading & better[worlds, second]).mean()),
        told=better.mean(axis=0),
        differences=differences.mean(axis=0),
        smallest=smallest,
        times=times,
    )


def _second(scores: Float[ndarray, "worlds models"], truth: int) -> ndarray:
    others = scores.copy()
    others[:, truth] = -np.inf
    return np.asarray(others.argmax(axis=1))


def _spreads(
    apart: Float[ndarray, "worlds models subjects"], draws: Sequence[Sequence[Draws]], truth: int
) -> tuple[Float[ndarray, "worlds models"], Spreads]:
    """What subjects contribute to the variance of each difference in each world, and that variance."""
    n_subjects = apart.shape[2]
    parts = np.mean([_variances(each, truth) for each in draws], axis=0)
    total = VarianceParts(*apart.shape[:2])
    total.add_stimuli(np.broadcast_to(parts[STIMULI], apart.shape[:2]), draws[0][truth].stimulus_freedom)
    subjects = np.zeros(apart.shape[:2])
    if n_subjects >= MINIMUM_SUBJECTS:
        subjects = apart.var(axis=2, ddof=1) / n_subjects
        total.add_subjects(subjects, np.broadcast_to(parts[BOTH], subjects.shape), n_subjects - 1)
    return subjects, total.total


def _variances(draws: Sequence[Draws], truth: int) -> Float[ndarray, "3 models"]:
    """The variances of the true model's difference to each, by what was drawn (`uncertainty.deviations`)."""
    deviations = np.stack([each.deviations for each in draws]).astype(np.float64)
    apart = deviations[truth] - deviations
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nanvar(apart, axis=2, ddof=1).T)


def _power(
    differences: Float[ndarray, "worlds models"], spreads: Spreads, subjects: Float[ndarray, "worlds models"]
) -> tuple[Float[ndarray, " models"], Times]:
    """The smallest difference that is told in 80 % of the worlds, and what makes it the difference there is.

    A difference is told where it exceeds t sqrt(V): shifted by what its 20th percentile lacks, it is so in 80 %. With
    k times the subjects their part of V is 1 / k of it, with k times the images the rest is.
    """
    threshold = scipy.special.stdtrit(spreads.freedom, 1 - LEVEL / 2) * np.sqrt(spreads.variance)
    mean = differences.mean(axis=0)
    same = np.asarray((differences == 0).all(axis=0))
    smallest = np.where(same, np.nan, mean - np.quantile(differences - threshold, 1 - POWER, axis=0))
    variance, of_subjects = spreads.variance.mean(axis=0), subjects.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = variance * np.where(mean > 0, mean / smallest, 0.0) ** 2
    rest = variance - of_subjects
    return smallest, Times(
        images=_times(rest, wanted - of_subjects, known=~same),
        subjects=_times(of_subjects, wanted - rest, known=~same),
        both=_times(variance, wanted, known=~same),
    )


def _times(
    part: Float[ndarray, " models"], allowed: Float[ndarray, " models"], *, known: Bool[ndarray, " models"]
) -> Float[ndarray, " models"]:
    """How many times as much takes a part of the variance down to what is allowed; 1 where it is there already."""
    enough = part / np.where(allowed > 0, allowed, np.nan)
    return np.where(known, np.where(allowed > 0, np.maximum(enough, 1.0), np.inf), np.nan)
