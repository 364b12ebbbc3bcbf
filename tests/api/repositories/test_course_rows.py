"""Courses as rows: what is stored comes back, undefined numbers as NaN, deviations only when asked for."""

import numpy as np
import pytest
from sqlalchemy.orm import Session
from stored_scores import store_score
from timed_study import timed_score

from brainrank.api.repositories import runs
from brainrank.api.repositories.course_rows import course_row
from brainrank.api.repositories.visibility import Viewer
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS

BENCHMARK = BENCHMARKS["kriegeskorte2008.human-it.rsa"]
ARRAYS = ("times_ms", "values", "above_chance", "ceiling_lower", "ceiling_upper")
OF_MANY = ("layer_values", "subject_values", "chosen", "pointwise", "simultaneous")
PLAIN = ("layers", "subjects", "window_ms", "layer_choice")


def test_a_course_comes_back(session: Session) -> None:
    score = timed_score(("V1", "V4.step1", "V4.step2"))
    run = store_score(session, "a", BENCHMARK, score)
    session.expunge_all()
    found, made = runs.find_run(session, run).score.course, score.course
    assert found is not None
    assert made is not None
    assert (found.layer_peaks, found.step_delays) == (made.layer_peaks, made.step_delays)
    for name in ARRAYS + OF_MANY:
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    assert [getattr(found, name) for name in PLAIN] == [getattr(made, name) for name in PLAIN]
    for name in ("onset", "peak"):
        one, other = getattr(found, name), getattr(made, name)
        assert (one.ms, one.interval.low, one.reason) == pytest.approx(
            (other.ms, other.interval.low, other.reason), nan_ok=True
        )


def test_deviations_are_stored_and_only_read_with_a_whole_run(session: Session) -> None:
    score = timed_score()
    run = store_score(session, "a", BENCHMARK, score)
    session.expunge_all()
    found, made = runs.find_run(session, run).score.course, score.course
    assert found is not None
    assert found.deviations is not None
    assert made is not None
    assert made.deviations is not None
    np.testing.assert_array_equal(found.deviations.parts, made.deviations.parts)
    assert (found.deviations.stimulus_freedom, found.deviations.subject_freedom) == (22, 3)
    session.expunge_all()
    looked = runs.look(session, run, Viewer(everything=True))
    assert looked is not None
    assert looked.stored is not None
    assert looked.stored.score.course is not None
    assert looked.stored.score.course.deviations is None
    with pytest.raises(ValueError, match="has no deviations"):
        course_row(2, looked.stored.score.course)
