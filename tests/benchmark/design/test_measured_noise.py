"""Noise as it was measured: worlds have its ceiling, and models in them their scores."""

from dataclasses import replace

import numpy as np
import pytest
from planned_study import noise_of, related_rdms

from brainrank.benchmark.design.measured_noise import explained
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling
from brainrank.benchmark.recovery.rdm_noise import mixed, standard_scores
from brainrank.benchmark.types.errors import InvalidDataError

UPPER = np.triu_indices(40, k=1)


@pytest.mark.parametrize("comparator", [Comparator.RHO_A, Comparator.CORR])
@pytest.mark.parametrize("noise", [0.7, 2.0])
def test_worlds_have_the_measured_ceiling(comparator: Comparator, noise: float) -> None:
    rng = np.random.default_rng(0)
    rdms = related_rdms(3, 40, rng)
    assembly, found = noise_of(rdms, comparator, rng, noise=noise)
    signal = standard_scores(rdms[1][UPPER][None], comparator)[0]
    worlds = (mixed(signal, found.drawn(40, count=5, rng=rng), found.share) for _ in range(40))
    lower = [noise_ceiling(np.asarray(each, np.float64), comparator).lower for each in worlds]
    assert found.ceiling == noise_ceiling(assembly.rdms, comparator).lower
    assert np.mean(lower) == pytest.approx(found.ceiling, abs=0.03)
    assert found.subjects == 5


def test_a_model_scores_in_its_worlds_what_it_was_measured_to() -> None:
    rng = np.random.default_rng(1)
    rdms = related_rdms(2, 40, rng)
    _, found = noise_of(rdms, Comparator.RHO_A, rng)
    pairs = rdms[:, *UPPER]
    shares = explained(found, pairs, [0.2, -0.05], rng=rng)
    assert shares[1] == 0
    signal = standard_scores(pairs[:1], Comparator.RHO_A)[0]
    shared = mixed(signal, found.common.drawn(40, count=400, rng=rng), 1 - float(shares[0]) ** 2)
    worlds = mixed(shared, found.drawn(40, count=400, rng=rng), found.share)
    scores = compare(pairs[:1], np.asarray(worlds, np.float64), Comparator.RHO_A)
    assert scores.mean() == pytest.approx(0.2, abs=0.02)


def test_where_all_is_noise_no_model_explains_anything() -> None:
    rng = np.random.default_rng(2)
    rdms = related_rdms(2, 40, rng)
    _, found = noise_of(rdms, Comparator.RHO_A, rng)
    assert explained(replace(found, share=1.0), rdms[:, *UPPER], [0.1, 0.1], rng=rng).tolist() == [0, 0]


def test_more_subjects_leave_more_of_what_they_share() -> None:
    rng = np.random.default_rng(3)
    _, found = noise_of(related_rdms(2, 40, rng), Comparator.RHO_A, rng)
    assert found.of_images(0.5, 4) >= 0
    assert found.of_images(1.0, 4) == pytest.approx(found.of_images(1.0, 400))


def test_a_comparator_that_is_not_simulated_is_refused() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(InvalidDataError, match="compared by tau-a are not simulated"):
        noise_of(related_rdms(2, 20, rng), Comparator.TAU_A, rng)
