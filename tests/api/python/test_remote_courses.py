"""A course that a service tells is the course that was stored, with subjects or without."""

import numpy as np
import pytest
from timed_study import timed_responses, timed_score

from brainrank.api.course_json import CourseJson, course_json
from brainrank.api.json_text import compact_json
from brainrank.api.python import remote_scores
from brainrank.benchmark.metrics.time_resolved_encoding import TimeResolvedEncodingMetric
from brainrank.benchmark.types.score import Score


def of_targets() -> Score:
    return TimeResolvedEncodingMetric(draws=40).score(*timed_responses(0, 30, 3, np.array([0.0, 60.0, 120.0])))


def of_steps() -> Score:
    return timed_score(("V1", "V4.step1", "V4.step2"))


@pytest.mark.parametrize("made", [timed_score, of_targets, of_steps])
def test_it_comes_back_whole(made):
    course = made().course
    assert course is not None
    told = CourseJson.model_validate_json(compact_json(course_json(course).model_dump()))
    found = remote_scores._course(told)
    for name in ("times_ms", "values", "above_chance", "ceiling_lower", "layer_values", "subject_values", "chosen"):
        np.testing.assert_array_equal(getattr(found, name), getattr(course, name))
    assert (found.layers, found.subjects, found.window_ms) == (course.layers, course.subjects, course.window_ms)
    assert found.peak.ms == course.peak.ms
    assert [each.ms for each in found.layer_peaks] == [each.ms for each in course.layer_peaks]
    assert [each.area for each in found.step_delays] == [each.area for each in course.step_delays]
    assert found.deviations is None
