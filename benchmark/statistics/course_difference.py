"""How two courses differ that were had from the same stimuli and subjects, and at which times that is more than chance.

Defined in docs/conventions.md#courses.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.courses import corrected_p, difference, sureness
from brainrank.benchmark.types.course import Band, Course, Deviations
from brainrank.benchmark.types.errors import InvalidDataError


class CourseDifference(NamedTuple):
    """The one course less the other at each time, its bands, and the two-sided p corrected for all times."""

    times_ms: Float[ndarray, " times"]
    values: Float[ndarray, " times"]
    pointwise: Band
    simultaneous: Band
    p: Float[ndarray, " times"]


class DrawnDifference(NamedTuple):
    """The one course less the other at each time, and how that deviates on draws."""

    values: Float[ndarray, " times"]
    deviations: Deviations


def course_difference(first: Course, second: Course, support: tuple[float, float]) -> CourseDifference:
    """Return how two courses differ, on draws that both share; `support` is the range of one of them.

    Raises InvalidDataError where they are not of the same times, stimuli and subjects, or one was read without its
    deviations.
    """
    values, of = difference_of(first, second)
    width = support[1] - support[0]
    sure = sureness(values, of, (-width, width))
    return CourseDifference(first.times_ms, values, sure.pointwise, sure.simultaneous, corrected_p(values, of))


def difference_of(first: Course, second: Course) -> DrawnDifference:
    """How two courses differ, and how that deviates on draws; errors as of `course_difference`."""
    one, other = deviations_of(first), deviations_of(second)
    sets = [(each.stimulus_set, each.subject_set) for each in (one, other)]
    if not np.array_equal(first.times_ms, second.times_ms) or sets[0] != sets[1]:
        raise InvalidDataError(
            "the two courses are not of the same times, stimuli and subjects; compare scores of one benchmark"
        )
    if one.parts.shape != other.parts.shape:
        raise InvalidDataError("the two courses have another number of draws; compare scores of one benchmark")
    return DrawnDifference(first.values - second.values, difference(one, other))


def deviations_of(course: Course) -> Deviations:
    """How a course deviates on draws. Raises InvalidDataError where it was read without them."""
    if course.deviations is None:
        raise InvalidDataError("a course that a service told has no deviations; score its model here to have them")
    return course.deviations
