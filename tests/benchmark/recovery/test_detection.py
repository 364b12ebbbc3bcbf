"""What is told of a recovery, and that it comes back from plain values."""

import json
import math

import numpy as np
import pytest

from brainrank.benchmark.recovery.detection import Detection, Recovery, recovery_of


def detection() -> Detection:
    told = np.array([[0.0, 0.9, 0.1], [0.81, 0.0, 0.79], [1.0, 1.0, 0.0]])
    return Detection(("a", "b", "c"), np.array([0.5, 1.0, 0.75]), np.zeros(3), told, 0.06, math.inf, 2.5, 1.5)


def test_what_is_told() -> None:
    found = detection()
    assert (found.recovered, found.told_from_second) == (0.75, 0)
    assert found.pairs_told("abc") == pytest.approx(4 / 6)
    assert found.pairs_told(["a", "b", "unknown"]) == 1
    assert math.isnan(found.pairs_told(["a"]))
    assert (found.not_told_from("a"), found.not_told_from("b"), found.not_told_from("c")) == (["c"], ["c"], [])


def test_plain_values_are_json_and_come_back() -> None:
    made = Recovery(500, 0.4, math.nan, detection(), detection())
    found = recovery_of(json.loads(json.dumps(made.content, allow_nan=False)))
    assert found.content == made.content
    assert math.isinf(found.in_full.times_images)
    assert math.isnan(found.simulated_ceiling)
    assert found.as_measured.told == pytest.approx(made.as_measured.told)
    assert found.models == ("a", "b", "c")
