"""What an interval claims, simulated: how often it holds the score of all stimuli and all subjects."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    deviations_of_subject_mean,
    spread,
    student_interval,
)
from brainrank.benchmark.types.dissimilarity import Dissimilarity

FEATURES = 20


def simulate(rng: np.random.Generator, n_stimuli: int, n_subjects: int) -> tuple[np.ndarray, np.ndarray]:
    """A model with half of the features; subjects who weight all of them each in their own way, with noise."""
    stimuli = rng.normal(size=(n_stimuli, FEATURES))
    model = np.hstack([stimuli[:, : FEATURES // 2], rng.normal(size=(n_stimuli, 5))])
    gains = np.exp(0.5 * rng.normal(size=(n_subjects, 1, FEATURES)))
    subjects = stimuli * gains + rng.normal(size=(n_subjects, n_stimuli, FEATURES))
    rdms = [rdm_from_features(patterns, Dissimilarity.EUCLIDEAN) for patterns in (model, *subjects)]
    return np.array(rdms[:1]), np.array(rdms[1:])


def interval_of(rng: np.random.Generator, n_stimuli: int, n_subjects: int, comparator: Comparator):
    model, subjects = simulate(rng, n_stimuli, n_subjects)
    similarity = compare(model, subjects, comparator)[0]
    counts = stimulus_counts(n_stimuli, draws=200, rng=rng)
    drawn = compare_resampled(model, subjects, counts, comparator)[:, 0]
    names = tuple(map(str, range(n_subjects)))
    drawn = deviations_of_subject_mean(
        similarity, drawn, n_stimuli=n_stimuli, stimulus_set="", counts=counts, subjects=names, rng=rng
    )
    return student_interval(float(similarity.mean()), spread([drawn]), support=CORRELATION)


@pytest.mark.parametrize(("n_stimuli", "n_subjects"), [(30, 8), (60, 4)])
def test_the_interval_holds_the_score_over_new_stimuli_and_subjects(n_stimuli, n_subjects):
    rng = np.random.default_rng(0)
    truth = np.mean([compare(*simulate(rng, 500, 25), Comparator.CORR).mean() for _ in range(8)])
    intervals = [interval_of(rng, n_stimuli, n_subjects, Comparator.CORR) for _ in range(500)]
    low, high = np.array([(interval.low, interval.high) for interval in intervals]).T
    coverage = ((low <= truth) & (truth <= high)).mean()
    assert 0.93 <= coverage <= 0.97
    # Neither side takes all the misses.
    assert max((low > truth).mean(), (high < truth).mean()) < 0.05
