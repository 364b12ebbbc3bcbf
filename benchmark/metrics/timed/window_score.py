"""The score of a course: the mean over its window, with the course itself."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.timed.layer_courses import LayerChoice
from brainrank.benchmark.statistics.course_windows import window_draws
from brainrank.benchmark.statistics.courses import DrawnPeak, onset, peak, sureness
from brainrank.benchmark.statistics.step_delays import step_delays
from brainrank.benchmark.statistics.uncertainty import CORRELATION, spread, student_interval
from brainrank.benchmark.types.course import Course, Deviations
from brainrank.benchmark.types.score import LayerScore, NoiseCeiling, Score, SubjectScore, TargetScores


class CeilingCourse(NamedTuple):
    """The noise ceiling at each time, and of the window."""

    lower: Float[ndarray, " times"]
    upper: Float[ndarray, " times"]
    of_window: NoiseCeiling


class LayersOverTime(NamedTuple):
    """The layers' courses without a choice and when they are highest, which layer is reported at each time (-1: none),
    and how often each won."""

    names: Sequence[str]
    values: Float[ndarray, "layers times"]
    peaks: Sequence[DrawnPeak]
    chosen: Int[ndarray, "parts times"]
    won: Float[ndarray, " layers"]


class SubjectsOverTime(NamedTuple):
    """The course of each subject; of none where the score is of targets."""

    names: Sequence[str]
    values: Float[ndarray, "subjects times"]


def score_of_window(
    times_ms: Float[ndarray, " times"],
    values: Float[ndarray, " times"],
    deviations: Deviations,
    *,
    window: Sequence[int],
    layer_choice: LayerChoice,
    layers: LayersOverTime,
    subjects: SubjectsOverTime,
    ceiling: CeilingCourse,
    unit: str,
    per_target: TargetScores | None = None,
) -> Score:
    """Return the mean of a course over its window, at whose times it is defined; elsewhere it may be NaN."""
    inside, defined = np.asarray(window), np.isfinite(values)
    sure = sureness(values, deviations, CORRELATION)
    of_defined = deviations.at(defined)
    course = Course(
        times_ms=times_ms,
        values=values,
        pointwise=sure.pointwise,
        simultaneous=sure.simultaneous,
        above_chance=sure.above,
        ceiling_lower=ceiling.lower,
        ceiling_upper=ceiling.upper,
        layers=tuple(layers.names),
        layer_values=layers.values,
        layer_peaks=tuple(each.latency for each in layers.peaks),
        step_delays=step_delays(layers.names, layers.peaks),
        chosen=layers.chosen,
        subjects=tuple(subjects.names),
        subject_values=subjects.values,
        onset=onset(times_ms[defined], values[defined], of_defined),
        peak=peak(times_ms[defined], values[defined], of_defined),
        window_ms=(float(times_ms[inside[0]]), float(times_ms[inside[-1]])),
        layer_choice=layer_choice,
        deviations=deviations,
    )
    value, draws = float(values[inside].mean()), window_draws(deviations, window)
    return Score(
        value=value,
        unit=unit,
        interval=student_interval(value, spread([draws]), support=CORRELATION),
        ceiling=ceiling.of_window,
        layers=tuple(layers.names[int(np.argmax(np.bincount(each)))] for each in layers.chosen[:, inside]),
        layer_curve=tuple(
            LayerScore(name, float(each), float(share))
            for name, each, share in zip(layers.names, layers.values[:, inside].mean(axis=1), layers.won, strict=True)
        ),
        per_subject=tuple(
            SubjectScore(subject, float(each))
            for subject, each in zip(subjects.names, subjects.values[:, inside].mean(axis=1), strict=True)
        ),
        per_target=per_target,
        draws=draws,
        course=course,
    )
