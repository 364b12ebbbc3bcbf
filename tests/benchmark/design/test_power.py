"""Power: shares of worlds, and the fewest subjects."""

import math

import numpy as np
import pytest
from planned_study import noise_of, related_rdms

from brainrank.benchmark.design.power import power, smallest_subjects
from brainrank.benchmark.design.worlds import ImageSet, StudyWorlds
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.recovery.rdm_noise import standard_scores

UPPER = np.triu_indices(24, k=1)


def worlds(models: int, explained: float, *, copies: bool = False) -> list[StudyWorlds]:
    rng = np.random.default_rng(0)
    rdms = related_rdms(models, 24, rng)
    if copies:
        rdms[1] = rdms[0]
    _, noise = noise_of(rdms, Comparator.RHO_A, rng)
    pairs = rdms[:, *UPPER]
    images = ImageSet(pairs, standard_scores(pairs, Comparator.RHO_A))
    return [StudyWorlds(noise, [images], truth, explained, worlds=100, seed=[0]) for truth in range(models)]


def test_more_subjects_and_better_models_have_more_power() -> None:
    poor, good = worlds(3, 0.2), worlds(3, 0.8)
    assert power(poor, 4).mean < power(poor, 30).mean <= 1
    assert power(poor, 10).mean < power(good, 10).mean
    found = power(good, 10)
    assert found.found.sum(axis=1) == pytest.approx(1)
    assert found.first >= found.mean
    assert found.mean_error < 0.05
    assert np.isnan(np.diagonal(found.told)).all()


def test_without_a_signal_each_model_is_first_as_often_and_none_is_told() -> None:
    found = power(worlds(4, 0.0), 6)
    assert found.found.mean(axis=0) == pytest.approx(0.25, abs=0.1)
    assert found.mean < 0.05


@pytest.mark.parametrize("subjects", [3, 12])
def test_equal_models_are_told_apart_no_more_often_than_alpha(subjects: int) -> None:
    """Two models that come as near to the truth as each other, on new images each time."""
    rng, told = np.random.default_rng(2), []
    _, noise = noise_of(related_rdms(2, 40, rng), Comparator.RHO_A, rng)
    for study in range(12):
        rdms = related_rdms(3, 24, rng)
        rdms[1:] += rdms[:1]
        pairs = rdms[:, *UPPER]
        signals = standard_scores(pairs, Comparator.RHO_A)
        # The truth is none of the two that are compared; each in turn is the one asked about.
        images = ImageSet(pairs[1:], np.stack([signals[0]] * 2))
        truths = [StudyWorlds(noise, [images], truth, 0.7, worlds=40, seed=[study]) for truth in range(2)]
        told.append(np.nansum(power(truths, subjects).told))
    assert np.mean(told) < 0.05 + 2 * np.std(told) / np.sqrt(len(told))


def test_models_of_the_same_features_share_the_first_place() -> None:
    found = power(worlds(2, 0.9, copies=True), 6)
    assert found.found == pytest.approx(0.5)
    assert found.mean == 0
    assert np.isnan(found.told).all()


@pytest.mark.parametrize("wanted", [3, 4, 7, 23, 64, 99, 100])
def test_the_fewest_subjects_are_found(wanted: int) -> None:
    assert smallest_subjects(lambda subjects: 0.8 if subjects >= wanted else 0.79) == wanted


def test_where_a_hundred_are_not_enough_no_number_is_told() -> None:
    assert smallest_subjects(lambda _subjects: 0.5) == math.inf
