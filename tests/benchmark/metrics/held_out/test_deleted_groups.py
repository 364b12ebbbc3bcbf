"""The delete-group jackknife against its textbook variance and the influence of single units."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.alignment.similarity import Similarity, jackknifed
from brainrank.benchmark.metrics.held_out.deleted_groups import (
    groups_of_units,
    influence_of_groups,
    influence_of_training,
    without_groups,
)
from brainrank.benchmark.statistics.halves import Half
from brainrank.benchmark.statistics.resampling import stimulus_counts


def test_groups_are_of_like_size_and_no_more_than_units():
    group_of = groups_of_units(23, most=10, rng=np.random.default_rng(0))
    assert sorted(np.bincount(group_of)) == [2] * 7 + [3] * 3
    assert sorted(groups_of_units(4, most=10, rng=np.random.default_rng(0))) == [0, 1, 2, 3]


def test_a_half_without_a_group_has_the_units_of_the_others_numbered_anew():
    half = Half(np.array([3, 5, 8, 9]), np.array([0, 1, 0, 2]))
    found = list(without_groups(half, np.array([0, 1, 0])))
    assert [each.stimuli.tolist() for each in found] == [[5], [3, 8, 9]]
    assert [each.units.tolist() for each in found] == [[0], [0, 0, 1]]


def test_single_units_are_jackknifed():
    without = np.random.default_rng(0).standard_normal(12)
    group_of = np.random.default_rng(1).permutation(12)
    found = influence_of_groups(without, group_of)
    assert found == pytest.approx(jackknifed(without)[group_of])


def test_draws_vary_by_the_variance_of_the_jackknife():
    rng = np.random.default_rng(0)
    values, group_of = rng.standard_normal(60), groups_of_units(60, most=10, rng=rng)
    without = np.array([values[group_of != group].mean() for group in range(10)])
    jackknife = 9 / 10 * ((without - without.mean()) ** 2).sum()
    moved = (stimulus_counts(60, draws=40_000, rng=rng) - 1) @ influence_of_groups(without, group_of)
    assert moved.var() * 60 / 59 == pytest.approx(jackknife, rel=0.03)


def test_what_training_does_together_with_tested_units_is_left_out():
    """Of v = sum_r a_r / n + sum_t b_t / m + sum_rt e_rt / (n m), training alone has a."""
    rng, found, together = np.random.default_rng(1), [], []
    group_of = groups_of_units(40, most=5, rng=rng)
    for _ in range(400):
        own, both = rng.standard_normal(40), 3 * rng.standard_normal((40, 30))
        for a, into in ((own, found), (0 * own, together)):
            without = []
            for group in range(5):
                rest = group_of != group
                tested = both[rest].mean(axis=0)
                without.append(Similarity(a[rest].mean() + tested.mean(), (tested - tested.mean()) / 30))
            into.append((influence_of_training(without, group_of) ** 2).sum())
    assert np.mean(found) == pytest.approx(1 / 40, rel=0.15)
    assert np.mean(together) < 0.3 * 9 / 1200


def test_training_units_that_move_nothing_have_no_influence():
    found = influence_of_training([Similarity(0.5, np.array([0.1, -0.1]))] * 5, np.arange(5))
    assert found.tolist() == [0] * 5
