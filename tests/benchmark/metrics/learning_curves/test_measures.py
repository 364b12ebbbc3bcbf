"""Measures with intervals: of the mean curve, over observers; none for a criterion that is seldom reached."""

import numpy as np
import pytest
from learning_study import guessing_people, learning_people

from brainrank.benchmark.metrics.learning_curves.curves import learning_curves
from brainrank.benchmark.metrics.learning_curves.measures import (
    ACCURACY_LAG,
    NEVER,
    TO_CRITERION,
    estimated_measures,
    learning_measures,
)


def test_values_are_those_of_the_mean_curve_and_intervals_hold_them() -> None:
    people = learning_people(np.random.default_rng(0))
    found = estimated_measures(people, draws=200, rng=np.random.default_rng(1))
    curves = learning_curves(people).mean(axis=0)
    assert {name: each.value for name, each in found.items()} == learning_measures(people)
    assert found["test accuracy, epoch 6"].value == pytest.approx(curves[1, 5])
    assert found[ACCURACY_LAG].value == pytest.approx((curves[0] - curves[1]).mean())
    for name in ("training accuracy, epoch 1", "area, test", ACCURACY_LAG):
        assert found[name].interval.low < found[name].value < found[name].interval.high


def test_intervals_of_a_mean_curve_are_as_wide_as_those_of_a_mean() -> None:
    people = learning_people(np.random.default_rng(0), people=30)
    found = estimated_measures(people, draws=1000, rng=np.random.default_rng(1))["area, test"]
    each = learning_curves(people)[:, 1].mean(axis=1)
    width = 2 * 2.045 * each.std(ddof=1) / np.sqrt(30)
    assert found.interval.high - found.interval.low == pytest.approx(width, rel=0.1)


def test_who_guesses_never_comes_to_the_criterion_and_two_people_have_no_interval() -> None:
    rng = np.random.default_rng(2)
    people = learning_people(rng, people=2)
    guesser = estimated_measures(guessing_people(rng, people), draws=100, rng=rng)[TO_CRITERION[1]]
    assert np.isnan(guesser.value)
    assert guesser.reason == NEVER
    assert np.isnan(guesser.interval.low)
    assert np.isnan(estimated_measures(people, draws=100, rng=rng)["area, test"].interval.low)
