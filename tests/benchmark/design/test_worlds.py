"""Planned studies as they may come out: scored as RDMs are compared, with the variance of draws of images."""

import numpy as np
import pytest
from planned_study import Floats, noise_of, related_rdms

from brainrank.benchmark.design.worlds import ImageSet, StudyWorlds
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.recovery.rdm_noise import standard_scores
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import deviations_of_subject_mean

UPPER = np.triu_indices(24, k=1)


def image_set(rdms: Floats, comparator: Comparator) -> ImageSet:
    pairs = rdms[:, *UPPER]
    return ImageSet(pairs, standard_scores(pairs, comparator))


@pytest.mark.parametrize("comparator", [Comparator.RHO_A, Comparator.SPEARMAN, Comparator.CORR])
def test_scores_are_those_of_the_comparator(comparator: Comparator) -> None:
    rng = np.random.default_rng(0)
    rdms = related_rdms(2, 24, rng)
    _, noise = noise_of(rdms, comparator, rng)
    images = image_set(rdms, comparator)
    made = StudyWorlds(noise, [images], 0, 0.6, worlds=40, seed=[1])
    found = made.scores(4)
    simulated = made._rdms(0, 0, 40, 0)
    for world in (0, 17):
        wanted = compare(images.rdms, np.asarray(simulated[world], np.float64), comparator)
        assert found[world] == pytest.approx(wanted, abs=2e-4)


def test_a_study_of_more_subjects_has_those_of_the_smaller_one_whoever_asks_first() -> None:
    rng = np.random.default_rng(1)
    rdms = related_rdms(2, 24, rng)
    _, noise = noise_of(rdms, Comparator.RHO_A, rng)
    few, many = (
        StudyWorlds(noise, [image_set(rdms, Comparator.RHO_A)] * 2, 1, 0.5, worlds=41, seed=[2]) for _ in range(2)
    )
    at_once = many.scores(9)
    assert np.array_equal(few.scores(3), at_once[:, :, :3])
    assert np.array_equal(few.scores(9), at_once)
    assert at_once.shape == (41, 2, 9)


@pytest.mark.parametrize("subjects", [4, 12])
def test_what_images_contribute_is_the_variance_over_draws_of_them(subjects: int) -> None:
    """Of whole worlds, by the draws that a comparison of two models is made from."""
    rng = np.random.default_rng(3)
    rdms = related_rdms(2, 24, rng)
    _, noise = noise_of(rdms, Comparator.RHO_A, rng)
    images = image_set(rdms, Comparator.RHO_A)
    made = StudyWorlds(noise, [images], 0, 0.6, worlds=60, seed=[4])
    found, names = [], [str(each) for each in range(subjects)]
    for world in range(60):
        measured = np.concatenate([made._rdms(0, 1000 + world, 1, block)[0] for block in range(3)])
        apart = similarity_influence(images.rdms, measured[:subjects].astype(float), np.arange(24), Comparator.RHO_A)
        counts = stimulus_counts(24, draws=400, rng=rng)
        fixed = apart.values[0] - apart.values[1]
        drawn = fixed + np.tensordot(counts - 1.0, apart.influence[0] - apart.influence[1], axes=(1, 1))
        draws = deviations_of_subject_mean(
            fixed, drawn, n_stimuli=24, stimulus_set="", subjects=names, rng=rng
        ).deviations
        found.append(draws.var(axis=1, ddof=1))
    stimuli, _, both = np.mean(found, axis=0)
    ours = made.of_images(subjects)
    assert ours.stimuli[1] == pytest.approx(stimuli, rel=0.15)
    assert ours.both[1] == pytest.approx(both, rel=0.15)
    assert ours.stimuli[0] == 0
