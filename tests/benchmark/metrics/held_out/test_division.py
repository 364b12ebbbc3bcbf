"""Quarters of a half, and what is found on both of them."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.metrics.held_out.division import both_ways, judged_in_turn, quarters
from brainrank.benchmark.statistics.halves import Half

HALF = Half(np.array([1, 4, 6, 7, 9, 12, 13, 20]), np.array([0, 1, 0, 2, 3, 4, 5, 2]))


def test_quarters_have_every_stimulus_once_and_units_whole():
    parts = quarters(HALF, rng=np.random.default_rng(0))
    assert sorted(np.concatenate([part.stimuli for part in parts])) == HALF.stimuli.tolist()
    unit_of = dict(zip(HALF.stimuli.tolist(), HALF.units.tolist(), strict=True))
    first, second = ({unit_of[each] for each in part.stimuli.tolist()} for part in parts)
    assert not first & second
    for part in parts:
        pairs = {(unit_of[each], unit) for each, unit in zip(part.stimuli.tolist(), part.units.tolist(), strict=True)}
        assert len(pairs) == part.units.max() + 1


def test_each_half_is_judged_on_after_a_fit_to_the_other():
    parts = quarters(HALF, rng=np.random.default_rng(0))
    ways = both_ways(*parts)
    assert [way.test for way in ways] == parts
    assert [way.train for way in ways] == parts[::-1]


def test_influence_is_of_the_units_of_the_half():
    parts = quarters(HALF, rng=np.random.default_rng(0))
    unit_of = dict(zip(HALF.stimuli.tolist(), HALF.units.tolist(), strict=True))
    found = []
    for part in parts:  # each unit's influence is its own number in the half
        own = np.zeros(part.units.max() + 1)
        own[part.units] = [unit_of[each] for each in part.stimuli.tolist()]
        found.append(Similarity(0.25 * len(found), own))
    mean = judged_in_turn(found, HALF, parts)
    assert mean.value == pytest.approx(0.125)
    assert mean.influence.tolist() == [0, 0.5, 1, 1.5, 2, 2.5]
