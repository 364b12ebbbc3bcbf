"""Two scores over time against each other: at each time, and over windows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.runs import visible_runs
from brainrank.benchmark.statistics.course_difference import CourseDifference, course_difference
from brainrank.benchmark.statistics.course_windows import Window, WindowValue, window_values
from brainrank.benchmark.statistics.uncertainty import CORRELATION
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import UserError


class ComparedCourses(NamedTuple):
    """Two models' courses on one benchmark, and the first less the second on the draws that they share."""

    models: tuple[str, str]
    first: Course
    second: Course
    unit: str
    difference: CourseDifference


class ComparedWindow(NamedTuple):
    """A window, or how it differs from the first: each model's mean, and the first's less the second's."""

    first: WindowValue
    second: WindowValue
    difference: WindowValue


def compared_courses(session: Session, run_ids: tuple[int, int], viewer: Viewer) -> ComparedCourses | None:
    """Two runs' courses; None where one has none. Raises NotFoundError as `visible_runs.run`, and InvalidDataError for
    runs that are not of the same times, stimuli and subjects."""
    shown = [visible_runs.run(session, each, viewer) for each in run_ids]
    if any(each.stored is None or each.stored.score.course is None for each in shown):
        return None
    one, other = (runs.find_run(session, each) for each in run_ids)
    first, second = one.score.course, other.score.course
    if first is None or second is None:
        return None
    difference = course_difference(first, second, CORRELATION)
    return ComparedCourses((one.model, other.model), first, second, one.score.unit, difference)


def compared_windows(found: ComparedCourses, windows: Sequence[Window]) -> Sequence[ComparedWindow]:
    """The means over windows, of later ones also less the first. Raises InvalidDataError as `window_values`."""
    first, second = (window_values(each, windows, support=CORRELATION) for each in (found.first, found.second))
    apart = window_values(found.first, windows, support=CORRELATION, minus=found.second)
    return [ComparedWindow(*each) for each in zip(first, second, apart, strict=True)]


def halves_of_window(course: Course) -> tuple[Window, ...]:
    """The early and the late half of the window whose mean is the score; the window where it has one time."""
    start, stop = course.window_ms
    times = course.times_ms[(course.times_ms >= start) & (course.times_ms <= stop)]
    if len(times) < 2:
        return ((start, stop),)
    early, late = np.array_split(times, 2)
    return (float(early[0]), float(early[-1])), (float(late[0]), float(late[-1]))


def read_window(text: str) -> Window:
    """The first and last ms of `FROM:TO`. Raises UserError for what is none."""
    first, _, last = text.partition(":")
    try:
        start, stop = float(first), float(last)
    except ValueError as error:
        raise UserError(f"'{text}' is no window of time; write it as 60:120, in ms from stimulus onset") from error
    return start, stop
