"""Maps of scores: joined regions, group means, quantities, and what is refused."""

import numpy as np
import pytest
from spatial_scores import FSAVERAGE5, NATIVE, TEMPLATE, spatial_scores

from brainrank.benchmark.statistics.brain_map import brain_map
from brainrank.benchmark.types.brain_map import Quantity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import TargetScores


def test_values_lie_where_their_targets_do() -> None:
    found = brain_map([spatial_scores([0.3, np.nan, 0.1], positions=[20, 3, 7])])
    expected = np.full(24, np.nan)
    expected[[20, 7]] = 0.3, 0.1
    np.testing.assert_array_equal(found.everywhere, expected)
    assert found.told.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (Quantity.SCORE, [0.4, 0.2, np.nan]),
        (Quantity.CEILING, [0.8, 0.8, np.nan]),
        (Quantity.SHARE, [0.5, 0.25, np.nan]),
        (Quantity.LAYER, [1, 2, np.nan]),
    ],
)
def test_each_quantity(quantity: Quantity, expected: list[float]) -> None:
    found = brain_map([spatial_scores([0.4, 0.2, np.nan])], quantity)
    np.testing.assert_allclose(found.values, expected)
    assert found.layers == (("a", "b") if quantity == Quantity.LAYER else ())


def test_only_what_is_told_at_a_q_is_shown_and_layers_only_where_scores_are_told() -> None:
    scores = spatial_scores([0.4, 0.001, 0.3])
    assert brain_map([scores], q=0.05).told.tolist() == [True, False, True]
    assert brain_map([scores], Quantity.LAYER).told.tolist() == [True, False, True]
    assert brain_map([scores], Quantity.LAYER, q=1.0).told.tolist() == [True, True, True]
    np.testing.assert_array_equal(brain_map([scores], Quantity.Q).values, brain_map([scores]).q)


def test_regions_of_one_brain_are_joined_and_their_q_is_over_all_of_them() -> None:
    first, second = spatial_scores([0.4, 0.0], positions=[0, 1]), spatial_scores([0.3, 0.02], positions=[5, 6])
    found = brain_map([first, second])
    assert found.positions.tolist() == [0, 1, 5, 6]
    assert found.q[3] < 2 * brain_map([second]).q[1]
    with pytest.raises(InvalidDataError, match="same positions of sub-01.*map them one by one"):
        brain_map([first, first])
    elsewhere = spatial_scores([0.3], space=TEMPLATE, positions=[5])
    with pytest.raises(InvalidDataError, match="the spaces differ: sub-01.* and MNI152NLin2009cAsym"):
        brain_map([first, elsewhere])


def test_a_difference_is_tested_on_the_draws_that_both_models_share() -> None:
    """With the same deviations nothing is uncertain of a difference; with others twice the variance is."""
    one, alike, other = (spatial_scores([0.30, 0.32], seed=seed) for seed in (0, 0, 1))
    shifted = TargetScores(one.targets, one.values + 0.005, alike.spatial)
    assert (brain_map([shifted], minus=[one]).q < 1e-10).all()
    assert (brain_map([shifted], minus=[other]).q > 0.5).all()
    np.testing.assert_allclose(brain_map([shifted], minus=[one]).values, 0.005)
    for quantity in (Quantity.CEILING, Quantity.LAYER):
        with pytest.raises(InvalidDataError, match=f"models do not differ in their {quantity}"):
            brain_map([one], quantity, minus=[other])
    with pytest.raises(InvalidDataError, match="2 runs less 1"):
        brain_map([one, one], minus=[other])


def test_a_group_is_averaged_where_all_have_a_value_in_a_space_they_share() -> None:
    values = np.random.default_rng(0).normal(0.3, 0.02, (4, 3))
    subjects = [
        spatial_scores(row.tolist(), space=TEMPLATE, positions=places, seed=seed)
        for seed, (row, places) in enumerate(zip(values, ([1, 2, 3], [2, 3, 4], [3, 2, 9], [3, 0, 2]), strict=True))
    ]
    found = brain_map(subjects, group=True)
    assert (found.positions.tolist(), found.subjects) == ([2, 3], 4)
    at_two = [values[0, 1], values[1, 0], values[2, 1], values[3, 2]]
    assert found.values[0] == pytest.approx(np.mean(at_two))
    assert (found.q < 0.001).all()
    with pytest.raises(InvalidDataError, match="give --group"):
        brain_map(subjects)
    native = [spatial_scores([0.3], space=NATIVE) for _ in range(3)]
    with pytest.raises(InvalidDataError, match="sub-01.* is one subject's own space"):
        brain_map(native, group=True)
    with pytest.raises(InvalidDataError, match="no mean over subjects"):
        brain_map(subjects, Quantity.LAYER, group=True)
    apart = [spatial_scores([0.3], space=FSAVERAGE5, positions=[place]) for place in range(3)]
    with pytest.raises(InvalidDataError, match="no position of fsaverage5.* in common"):
        brain_map(apart, group=True)


def test_targets_that_nobody_knows_the_place_of_have_no_map() -> None:
    with pytest.raises(InvalidDataError, match="nobody knows where these targets lie"):
        brain_map([spatial_scores([0.3], space=None)])
    with pytest.raises(InvalidDataError, match="score the model again"):
        brain_map([TargetScores(("a",), np.array([0.3]))])
    with pytest.raises(InvalidDataError, match="no scores to map"):
        brain_map([])
