"""Courses as rows of the database's table, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainrank.api.db.score_tables import CourseRow
from brainrank.api.json_text import number_or_null
from brainrank.api.repositories.archives import archive, arrays
from brainrank.benchmark.types.course import Band, Course, Deviations, Latency, StepDelay
from brainrank.benchmark.types.score import Interval


def course_row(run_id: int, course: Course) -> CourseRow:
    """The row that holds a run's course, deviations included. Raises ValueError for a course without them."""
    of = course.deviations
    if of is None:
        raise ValueError(f"the course of run {run_id} has no deviations")
    return CourseRow(
        run_id=run_id,
        about={
            "layers": list(course.layers),
            "subjects": list(course.subjects),
            "onset": _latency_values(course.onset),
            "peak": _latency_values(course.peak),
            "layer_peaks": [_latency_values(each) for each in course.layer_peaks],
            "step_delays": [
                {"area": each.area, "steps": list(each.steps), "delay": _latency_values(each.delay)}
                for each in course.step_delays
            ],
            "window_ms": list(course.window_ms),
            "layer_choice": str(course.layer_choice),
            "freedom": [of.stimulus_freedom, of.subject_freedom],
            "sets": [of.stimulus_set, of.subject_set],
        },
        numbers=archive(
            times_ms=course.times_ms,
            values=course.values,
            pointwise=np.stack(course.pointwise),
            simultaneous=np.stack(course.simultaneous),
            above_chance=course.above_chance,
            ceiling=np.stack([course.ceiling_lower, course.ceiling_upper]),
            layer_values=course.layer_values,
            chosen=course.chosen,
            subject_values=course.subject_values,
        ),
        deviations=archive(parts=of.parts),
    )


def course_of(row: CourseRow, *, deviations: bool = False) -> Course:
    """The course in its row; its deviations only where they are asked for, as the row has to have them read.

    Of published results there are none.
    """
    about, numbers = row.about, arrays(row.numbers)
    lower, upper = numbers["ceiling"]
    return Course(
        times_ms=numbers["times_ms"],
        values=numbers["values"],
        pointwise=Band(*numbers["pointwise"]),
        simultaneous=Band(*numbers["simultaneous"]),
        above_chance=numbers["above_chance"],
        ceiling_lower=lower,
        ceiling_upper=upper,
        layers=tuple(about["layers"]),
        layer_values=numbers["layer_values"],
        # Of courses stored before layers had them there are none.
        layer_peaks=tuple(map(_latency, about.get("layer_peaks", ()))),
        step_delays=tuple(map(_step_delay, about.get("step_delays", ()))),
        chosen=numbers["chosen"],
        subjects=tuple(about["subjects"]),
        subject_values=numbers["subject_values"],
        onset=_latency(about["onset"]),
        peak=_latency(about["peak"]),
        window_ms=(about["window_ms"][0], about["window_ms"][1]),
        layer_choice=about["layer_choice"],
        deviations=_deviations(row) if deviations else None,
    )


def _deviations(row: CourseRow) -> Deviations | None:
    if not row.deviations:
        return None
    return Deviations(arrays(row.deviations)["parts"], *row.about["freedom"], *row.about["sets"])


def _latency_values(latency: Latency) -> dict[str, Any]:
    low, high = latency.interval.low, latency.interval.high
    return {
        "ms": number_or_null(latency.ms),
        "low": number_or_null(low),
        "high": number_or_null(high),
        "reason": latency.reason,
    }


def _step_delay(values: Mapping[str, Any]) -> StepDelay:
    return StepDelay(values["area"], tuple(values["steps"]), _latency(values["delay"]))


def _latency(values: Mapping[str, Any]) -> Latency:
    ms, low, high = (np.nan if values[each] is None else values[each] for each in ("ms", "low", "high"))
    return Latency(ms, Interval(low, high), values["reason"])
