"""Differences of courses: of the same draws, and refused where they are not."""

from dataclasses import replace

import numpy as np
import pytest
from timed_study import timed_rdms

from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.statistics.course_difference import course_difference
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import InvalidDataError

TIMES = np.arange(-50.0, 250.0, 25.0)
SUPPORT = (-1.0, 1.0)


def courses(seed: int, draws: int = 100) -> tuple[Course, Course]:
    """Of the layer that the brain follows most closely, and of that with most noise."""
    layers, timed = timed_rdms(seed, 32, 8, TIMES, layers=4)
    found = [TimeResolvedRsaMetric(draws=draws).score([layers[each]], timed).course for each in (0, 3)]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def test_a_course_differs_from_itself_nowhere():
    course, _ = courses(0)
    found = course_difference(course, course, SUPPORT)
    assert not found.values.any()
    assert (found.p == 1).all()


def test_the_better_model_is_told_when_the_brain_answers():
    first, second = courses(1)
    found = course_difference(first, second, SUPPORT)
    np.testing.assert_allclose(found.values, first.values - second.values)
    assert (found.simultaneous.low <= found.values).all()
    assert (found.values <= found.simultaneous.high).all()
    assert found.p[TIMES == 125].item() < 0.05
    assert (found.p[TIMES <= 0] > 0.05).all()
    turned = course_difference(second, first, SUPPORT)
    np.testing.assert_allclose(turned.p, found.p)


def test_what_is_not_of_the_same_study_is_refused():
    first, second = courses(2)
    assert second.deviations is not None
    with pytest.raises(InvalidDataError, match="not of the same times, stimuli and subjects"):
        course_difference(first, replace(second, times_ms=second.times_ms + 1), SUPPORT)
    others = replace(second.deviations, stimulus_set="others")
    with pytest.raises(InvalidDataError, match="not of the same times, stimuli and subjects"):
        course_difference(first, replace(second, deviations=others), SUPPORT)
    with pytest.raises(InvalidDataError, match="has no deviations"):
        course_difference(first, replace(second, deviations=None), SUPPORT)
    with pytest.raises(InvalidDataError, match="another number of draws"):
        course_difference(first, courses(2, draws=60)[1], SUPPORT)
