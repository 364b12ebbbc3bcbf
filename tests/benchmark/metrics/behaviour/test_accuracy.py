"""Accuracy against counting, with observers who saw nothing."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy

CORRECT = np.array([[True, False, True, True], [False, False, True, False], [False, False, False, False]])
SHOWN = np.array([[True, True, True, True], [True, True, True, False], [False, False, False, False]])


def test_share_of_what_was_seen() -> None:
    value, reasons = accuracy(CORRECT, SHOWN)
    np.testing.assert_allclose(value, [0.75, 1 / 3, np.nan])
    assert reasons == {2: "the observer has no trials"}
    np.testing.assert_allclose(accuracy(CORRECT).value, CORRECT.mean(axis=1))


def test_complementing_answers_complements_accuracy() -> None:
    correct = np.random.default_rng(1).random((3, 20)) < 0.4
    assert accuracy(~correct).value == pytest.approx(1 - accuracy(correct).value)
