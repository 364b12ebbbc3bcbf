"""Accuracy against counting, with observers who saw nothing."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy, resampled_accuracy

CORRECT = np.array([[True, False, True, True], [False, False, True, False], [False, False, False, False]])
SHOWN = np.array([[True, True, True, True], [True, True, True, False], [False, False, False, False]])


def test_share_of_what_was_seen() -> None:
    value, reasons = accuracy(CORRECT, SHOWN)
    np.testing.assert_allclose(value, [0.75, 1 / 3, np.nan])
    assert reasons == {2: "the observer has no trials"}
    np.testing.assert_allclose(accuracy(CORRECT).value, CORRECT.mean(axis=1))


def test_resamples_equal_taking_columns() -> None:
    rng = np.random.default_rng(0)
    correct, shown = rng.random((5, 30)) < 0.6, rng.random((5, 30)) < 0.7
    chosen = rng.integers(0, 30, (8, 30))
    counts = np.stack([np.bincount(columns, minlength=30) for columns in chosen])
    drawn = resampled_accuracy(correct, shown, counts=counts)
    for draw, columns in enumerate(chosen):
        np.testing.assert_allclose(drawn[draw], accuracy(correct[:, columns], shown[:, columns]).value, rtol=1e-12)
    assert np.isnan(resampled_accuracy(CORRECT, SHOWN, counts=np.ones((1, 4), dtype=int))[0, 2])


def test_complementing_answers_complements_accuracy() -> None:
    correct = np.random.default_rng(1).random((3, 20)) < 0.4
    assert accuracy(~correct).value == pytest.approx(1 - accuracy(correct).value)
