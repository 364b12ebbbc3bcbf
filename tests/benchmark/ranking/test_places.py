"""Places from differences that are told, and the order of lines."""

import numpy as np
from scipy.stats import norm

from brainrank.benchmark.ranking.places import Places, is_better, order, places


def placed(values: np.ndarray, deviation: float) -> Places:
    """Places of models with independent normal errors of a known standard deviation."""
    differences = values[:, None] - values
    p = 2 * norm.sf(np.abs(differences) / (deviation * np.sqrt(2)))
    return places(is_better(differences, p), ~np.isnan(values))


def test_models_that_cannot_be_told_apart_share_a_rank():
    found = placed(np.array([0.50, 0.30, 0.49, np.nan, 0.10]), 0.02)
    np.testing.assert_array_equal(found.first, [1, 3, 1, np.nan, 4])
    np.testing.assert_array_equal(found.last, [2, 3, 2, np.nan, 4])


def test_a_missing_model_changes_no_other_rank():
    values = np.array([0.5, 0.3, 0.1])
    whole, with_missing = placed(values, 0.02), placed(np.append(values, np.nan), 0.02)
    for bound, without in zip(with_missing, whole, strict=True):
        np.testing.assert_array_equal(bound[:3], without)
        assert np.isnan(bound[3])


def test_under_no_difference_few_models_are_told_apart():
    rng = np.random.default_rng(3)
    wrong = sum((placed(rng.normal(size=6), 1.0).first > 1).any() for _ in range(400))
    assert wrong / 400 < 0.08


def test_places_hold_the_true_rank_of_models_that_differ_little():
    """Of thirty models a tenth of an error apart; the quantiles of draws hold .93 (docs/decisions/ranks.md)."""
    rng, n = np.random.default_rng(5), 30
    true = -0.1 * np.arange(n)
    inside = []
    for _ in range(100):
        found = placed(true + rng.normal(size=n), 1.0)
        inside += [(found.first <= np.arange(1, n + 1)) & (np.arange(1, n + 1) <= found.last)]
    assert np.mean(inside) > 0.95


def test_lines_follow_the_standing_unless_a_pair_says_otherwise():
    standing = np.array([0.3, 0.5, 0.4, np.nan, 0.9, 0.7])
    ranked = np.array([True, True, True, False, False, False])
    nobody = np.zeros((6, 6), dtype=bool)
    np.testing.assert_array_equal(order(standing, nobody, ranked), [1, 2, 0, 4, 5, 3])
    better = nobody.copy()
    better[0, 1] = True  # the lowest is told better than the highest
    np.testing.assert_array_equal(order(standing, better, ranked), [2, 0, 1, 4, 5, 3])


def test_a_circle_of_better_models_starts_with_the_highest():
    better = np.zeros((3, 3), dtype=bool)
    better[0, 1] = better[1, 2] = better[2, 0] = True
    found = order(np.array([0.1, 0.2, 0.3]), better, np.ones(3, dtype=bool))
    np.testing.assert_array_equal(found, [2, 0, 1])
    assert order(np.empty(0), np.zeros((0, 0), dtype=bool), np.zeros(0, dtype=bool)).size == 0
