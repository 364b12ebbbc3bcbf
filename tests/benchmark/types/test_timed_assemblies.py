"""Timed assemblies: shapes, times that do not ascend, windows."""

import numpy as np
import pytest
from timed_study import timed_rdms, timed_responses

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.timed_assemblies import TimedRdms, check_times, window_places

TIMES = np.array([-10.0, 0.0, 10.0])


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([], "has no times"),
        ([0.0, np.nan], "time 2 of meg is no number"),
        ([0.0, 10.0, 5.0], "do not ascend: 5 ms follows 10 ms"),
        ([0.0, 0.0], "do not ascend: 0 ms follows 0 ms"),
    ],
)
def test_times_ascend(times, told):
    with pytest.raises(InvalidDataError, match=told):
        check_times(np.array(times, dtype=np.float64), "meg")


def test_shapes_are_those_of_the_names():
    _, timed = timed_rdms(0, 10, 3, TIMES)
    with pytest.raises(InvalidDataError, match=r"meg has the shape \(3, 2, 45\)"):
        TimedRdms("meg", timed.stimulus_ids, timed.subjects, TIMES, timed.rdms[:, :2])
    with pytest.raises(InvalidDataError, match="3 groups for 10 stimuli"):
        TimedRdms("meg", timed.stimulus_ids, timed.subjects, TIMES, timed.rdms, ("a", "b", "c"))


def test_one_time_is_an_assembly():
    _, timed = timed_rdms(0, 10, 3, TIMES)
    assert timed.at(1).rdms.shape == (3, 45)
    _, responses = timed_responses(0, 10, 4, TIMES)
    assert responses.at(2).responses.shape == (10, 4, 4)


def test_windows_include_their_ends():
    assert window_places(TIMES, 0.0, 10.0) == [1, 2]
    assert window_places(TIMES, -10.0, None) == [0, 1, 2]
    with pytest.raises(InvalidDataError, match="between 20 and 30 ms; the times are -10 to 10 ms"):
        window_places(TIMES, 20.0, 30.0)
