"""Axes that can be read in one way are, others are asked about."""

import math
from itertools import product

import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.axes import AXES, axis_called, choose_axes, readings, stated_axes


@pytest.mark.parametrize("shape", [*product((4, 5), repeat=2), *product((4, 5, 6), repeat=3)])
def test_readings_are_all_orders_whose_stimuli_are_as_many(shape: tuple[int, ...]) -> None:
    found = readings(shape, 4)
    assert len(set(found)) == len(found) == shape.count(4) * math.factorial(len(shape) - 1)
    for axes in found:
        assert dict(zip(axes, shape, strict=True))["stimuli"] == 4
        assert set(axes) == set(AXES[:3:2] if len(shape) == 2 else AXES[:3])


def test_readings_with_times_are_those_whose_times_are_as_many_too() -> None:
    assert readings((4, 7, 6), 4, 6) == [("stimuli", "targets", "times")]
    assert readings((6, 3, 4, 7), 4, 6) == [
        ("times", "repeats", "stimuli", "targets"),
        ("times", "targets", "stimuli", "repeats"),
    ]
    assert readings((4, 7), 4, 6) == []


def choose(shape: tuple[int, ...], option: str = "--axes {}") -> tuple[str, ...]:
    return choose_axes(shape, 4, what="Y.npy", remedy="give as many", option=option)


def test_the_one_reading_is_chosen_and_several_are_named() -> None:
    assert choose((4, 7)) == ("stimuli", "targets")
    assert choose((7, 4)) == ("targets", "stimuli")
    with pytest.raises(InvalidDataError, match=r"Y.npy has shape \(7, 7\), and there are 4 stimuli; give as many"):
        choose((7, 7))
    with pytest.raises(InvalidDataError, match="4 stimuli x 4 targets or 4 targets x 4 stimuli; say which: --axes"):
        choose((4, 4))
    with pytest.raises(InvalidDataError, match=r'axes = \["stimuli", "repeats", "targets"\] or axes = \["stimuli", "t'):
        choose((4, 1, 3), "axes = [{}]")
    for shape in ((4,), (4, 1, 1, 1)):
        with pytest.raises(InvalidDataError, match="give as many"):
            choose(shape)


def test_axes_are_stated_by_their_names() -> None:
    assert stated_axes("targets, stimuli") == ("targets", "stimuli")
    assert stated_axes("repeats,targets,stimuli") == ("repeats", "targets", "stimuli")
    assert stated_axes("times,targets,stimuli") == ("times", "targets", "stimuli")
    for text in ("stimuli", "stimuli,stimuli,targets", "images,voxels", ""):
        with pytest.raises(
            InvalidDataError, match="name stimuli and targets, with or without repeats and times, each once"
        ):
            stated_axes(text)


def test_files_call_axes_by_many_names() -> None:
    for name, axis in (
        ("Presentation", "stimuli"),
        ("neuroid", "targets"),
        ("rep", "repeats"),
        ("time", "times"),
        ("seconds", None),
    ):
        assert axis_called(name) == axis
