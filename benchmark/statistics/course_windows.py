"""The mean of a course, or of a difference of two, over any window of time, and how one window differs from another.

Defined in docs/conventions.md#courses.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.course_difference import deviations_of, difference_of
from brainrank.benchmark.statistics.uncertainty import spread, student_interval, two_sided_p
from brainrank.benchmark.types.course import Course, Deviations
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, Interval
from brainrank.benchmark.types.timed_assemblies import window_places

Window = tuple[float, float]


class WindowValue(NamedTuple):
    """A mean over a window, or that of a window less that of the first, with its 95 % interval.

    `p` is two-sided, of a value of 0, and corrected for nothing. NaN, with the reason, where the course is undefined.
    """

    window: str
    value: float
    interval: Interval
    p: float
    reason: str = ""


def window_values(
    course: Course, windows: Sequence[Window], *, support: tuple[float, float], minus: Course | None = None
) -> tuple[WindowValue, ...]:
    """Return the mean over each window, from its first to its last ms, and that of each later one less the first's.

    With `minus` all are of the difference of the two courses. `support` is the range of one course. Raises
    InvalidDataError for no window, a window without times, and for courses as `course_difference` does.
    """
    if not windows:
        raise InvalidDataError("no window of time is given; give at least one, as (60, 120) in ms from stimulus onset")
    if minus is None:
        values, of = course.values, deviations_of(course)
    else:
        values, of = difference_of(course, minus)
        support = _of_difference(support)
    means = [_mean(course.times_ms, values, of, window) for window in windows]
    apart = [_less(later, means[0]) for later in means[1:]]
    return (*(_told(each, support) for each in means), *(_told(each, _of_difference(support)) for each in apart))


def window_draws(of: Deviations, window: Sequence[int]) -> Draws:
    """How the mean over the times of a window deviates."""
    parts = of.parts[:, :, np.asarray(window)].mean(axis=2)
    return Draws(parts, of.stimulus_freedom, of.subject_freedom, of.stimulus_set, of.subject_set)


class _Mean(NamedTuple):
    window: str
    value: float
    draws: Draws
    undefined_ms: float | None


def _mean(
    times_ms: Float[ndarray, " times"], values: Float[ndarray, " times"], of: Deviations, window: Window
) -> _Mean:
    places = np.asarray(window_places(times_ms, *window))
    undefined = times_ms[places[~np.isfinite(values[places])]]
    name = f"{window[0]:g} to {window[1]:g} ms"
    first = float(undefined[0]) if undefined.size else None
    return _Mean(name, float(values[places].mean()), window_draws(of, places.tolist()), first)


def _less(later: _Mean, first: _Mean) -> _Mean:
    one, other = later.draws, first.draws
    apart = Draws(
        one.deviations - other.deviations,
        one.stimulus_freedom,
        one.subject_freedom,
        one.stimulus_set,
        one.subject_set,
    )
    undefined = first.undefined_ms if later.undefined_ms is None else later.undefined_ms
    return _Mean(f"{later.window} less {first.window}", later.value - first.value, apart, undefined)


def _told(mean: _Mean, support: tuple[float, float]) -> WindowValue:
    of = spread([mean.draws])
    reason = "" if mean.undefined_ms is None else f"the course is undefined at {mean.undefined_ms:g} ms"
    interval = student_interval(mean.value, of, support=support)
    return WindowValue(mean.window, mean.value, interval, two_sided_p(mean.value, of), reason)


def _of_difference(support: tuple[float, float]) -> tuple[float, float]:
    width = support[1] - support[0]
    return -width, width
