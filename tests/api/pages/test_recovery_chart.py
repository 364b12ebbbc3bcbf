"""The matrix of which model would be told from which."""

import math

import numpy as np

from brainrank.api.pages.recovery_chart import recovery_chart
from brainrank.benchmark.recovery.detection import Detection


def test_a_row_is_a_true_model_and_says_how_often_it_is_told_from_each_other() -> None:
    told = np.array([[0.0, 0.2], [0.9, 0.0]])
    drawn = recovery_chart(Detection(("a", "b"), np.array([0.6, 0.8]), np.zeros(2), told, 0.06, math.inf, 2.5, 1.0))
    (matrix,) = drawn["data"]
    assert matrix["z"] == [[None, 20], [90, None]]
    assert (matrix["x"], matrix["y"]) == (["a", "b"], ["a", "b"])
    assert matrix["customdata"] == [["60%", "60%"], ["80%", "80%"]]


def test_fifty_models_have_room_for_their_names() -> None:
    names = tuple(f"model {number}" for number in range(51))
    found = Detection(names, np.ones(51), np.ones(51), np.ones((51, 51)), 0.06, 1.0, 1.0, 1.0)
    assert recovery_chart(found)["layout"]["height"] > 51 * 12
