"""Two scores over time against each other, as pages have them."""

import numpy as np
import pytest
from sqlalchemy.orm import Session
from stored_scores import store, store_score
from timed_study import timed_score

from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.compared_courses import (
    compared_courses,
    compared_windows,
    halves_of_window,
    read_window,
)
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import InvalidDataError, UserError

BENCHMARK = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


@pytest.fixture
def numbers(session: Session) -> tuple[int, int]:
    """The runs of two models."""
    first = store_score(session, "a", BENCHMARK, timed_score())
    return first, store_score(session, "b", BENCHMARK, timed_score(features=1))


def test_two_courses_and_their_difference(session: Session, numbers: tuple[int, int]) -> None:
    found = compared_courses(session, numbers, EVERYBODY)
    assert found is not None
    assert found.models == ("a", "b")
    np.testing.assert_allclose(found.difference.values, found.first.values - found.second.values)
    assert np.isfinite(found.difference.simultaneous.low[1:]).all()


def test_windows_of_both_and_of_the_difference(session: Session, numbers: tuple[int, int]) -> None:
    found = compared_courses(session, numbers, EVERYBODY)
    assert found is not None
    early, late, apart = compared_windows(found, [(50.0, 100.0), (150.0, 200.0)])
    assert early.difference.value == pytest.approx(early.first.value - early.second.value)
    assert apart.difference.value == pytest.approx(late.difference.value - early.difference.value)
    with pytest.raises(InvalidDataError, match="no time lies between 900 and 950 ms"):
        compared_windows(found, [(900.0, 950.0)])


def test_what_has_no_course_or_may_not_be_seen_is_not_compared(session: Session, numbers: tuple[int, int]) -> None:
    plain = store(session, "c", BENCHMARK, 0.4)
    assert compared_courses(session, (numbers[0], plain), EVERYBODY) is None
    hidden = store(session, "d", BENCHMARK, 0.4, public=False)
    with pytest.raises(NotFoundError, match="that you may see"):
        compared_courses(session, (numbers[0], hidden), EVERYBODY)


def test_a_window_has_an_early_and_a_late_half() -> None:
    course = timed_score().course
    assert course is not None
    assert halves_of_window(course) == ((50.0, 100.0), (150.0, 200.0))


def test_a_window_is_written_with_a_colon() -> None:
    assert read_window("60:120.5") == (60.0, 120.5)
    for wrong in ("60", "60-120", "a:b", "60:"):
        with pytest.raises(UserError, match="write it as 60:120"):
            read_window(wrong)
