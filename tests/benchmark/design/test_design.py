"""Planned studies whole: what is told holds in fresh worlds, chosen images gain, and equal models stay equal."""

import numpy as np
import pytest
from planned_study import layers_of, noise_of, pool_with_kinds, related_rdms

from brainrank.benchmark.design.design import Design, Plan, chosen_images, design
from brainrank.benchmark.design.natural import likeness
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.types.errors import InvalidDataError

UPPER = np.triu_indices(40, k=1)


def planned(plan: Plan, *, scores: float = 0.1, images: int = 150, apart: float = 0.8) -> Design:
    """Of two models, on a pool of images of which the first forty are those of the benchmark."""
    rng = np.random.default_rng(0)
    rdms = related_rdms(2, images, rng, apart=apart)
    benchmark = rdms[:, :40, :40]
    assembly, _ = noise_of(benchmark, Comparator.RHO_A, rng, noise=3.0, subjects=6)
    layers = layers_of(benchmark, [scores, scores])
    return design(layers, assembly, pool_with_kinds(rdms, rng), plan, Comparator.RHO_A)


def test_chosen_images_take_half_as_many_subjects_as_random_ones_at_most() -> None:
    found = planned(Plan(8, choose=20, worlds=60))
    assert found.random is not None
    assert len(found.images) == 20
    assert found.study.as_measured.mean > found.random.as_measured.mean + 0.1
    assert found.gain >= 2
    assert [each.name for each in found.models] == ["model0", "model1"]
    assert 0 < found.models[0].explained < 1


def test_a_natural_choice_is_like_the_pool() -> None:
    rng = np.random.default_rng(0)
    pool = pool_with_kinds(related_rdms(2, 150, rng), rng)
    found = [
        likeness(pool.kinds, chosen_images(pool.rdms, pool, Plan(8, choose=20, natural=each), of_images=0.1))
        for each in (False, True)
        if pool.kinds is not None
    ]
    assert found[1].statistics.max() < 0.22
    assert found[1].category < 0.1
    assert found[1].statistics.mean() <= found[0].statistics.mean()


def test_without_a_choice_all_images_are_shown_and_the_seed_decides() -> None:
    found, again = (planned(Plan(5, worlds=40), images=40, scores=0.6) for _ in range(2))
    assert found.random is None
    assert np.isnan(found.gain)
    assert len(found.images) == found.pool == 40
    assert np.array_equal(found.study.as_measured.found, again.study.as_measured.found)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan(1), "1 subjects; give a number from 2 to 100"),
        (Plan(5, worlds=3), "3 worlds are too few"),
        (Plan(5, natural=True), "say how many images to choose"),
        (Plan(5, choose=200), "200 images to choose of a pool of 150; give a number from 8 to 150"),
        (Plan(5, choose=7), "7 images to choose of a pool of 150"),
    ],
)
def test_what_makes_no_study_is_refused(plan: Plan, told: str) -> None:
    with pytest.raises(InvalidDataError, match=told):
        planned(plan)


def test_pools_that_are_too_small_or_too_large_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="The pool has 3 images; give one of at least 8"):
        _with_pool(3)
    with pytest.raises(InvalidDataError, match="The pool has 301 images.*say how many to choose"):
        _with_pool(301)


def _with_pool(images: int) -> None:
    rng = np.random.default_rng(0)
    rdms = related_rdms(2, 40, rng)
    assembly, _ = noise_of(rdms, Comparator.RHO_A, rng)
    pool = pool_with_kinds(related_rdms(2, images, rng), rng)
    design(layers_of(rdms, [0.1, 0.1]), assembly, pool, Plan(5), Comparator.RHO_A)
