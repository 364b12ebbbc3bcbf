"""A score at each time after a stimulus as JSON; numbers are null where they are undefined."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from brainrank.benchmark.types.course import Band, Course, Latency

Numbers = list[float | None]


class LatencyJson(BaseModel):
    """A time in ms with its 95 % interval; where there is none `reason` says why."""

    ms: float | None
    low: float | None
    high: float | None
    reason: str


class StepDelayJson(BaseModel):
    """How much later an area peaks with each of its steps, in ms a step with its 95 % interval."""

    area: str
    steps: list[int]
    delay: LatencyJson


class BandJson(BaseModel):
    """The ends of an interval at each time."""

    low: Numbers
    high: Numbers


class CourseJson(BaseModel):
    """A score at each time, in ms from stimulus onset.

    `simultaneous` is the band that holds the whole course in 95 % of studies, `above_chance` the p of a score above 0,
    corrected for all times. `by_layer` and `by_subject` are courses of each layer, without a choice, and of each
    subject; `layer_peaks` when each layer is highest, `step_delays` how much later with each step of a recurrent
    network. `window_ms` are the first and last time whose mean is the score.
    """

    times_ms: list[float]
    values: Numbers
    pointwise: BandJson
    simultaneous: BandJson
    above_chance: Numbers
    ceiling_lower: Numbers
    ceiling_upper: Numbers
    by_layer: dict[str, Numbers]
    layer_peaks: dict[str, LatencyJson] = {}
    step_delays: list[StepDelayJson] = []
    by_subject: dict[str, Numbers]
    chosen: list[list[str | None]]
    onset: LatencyJson
    peak: LatencyJson
    window_ms: tuple[float, float]
    layer_choice: str


def course_json(course: "Course") -> CourseJson:
    """A course."""
    return CourseJson(
        times_ms=course.times_ms.tolist(),
        values=course.values.tolist(),
        pointwise=_band(course.pointwise),
        simultaneous=_band(course.simultaneous),
        above_chance=course.above_chance.tolist(),
        ceiling_lower=course.ceiling_lower.tolist(),
        ceiling_upper=course.ceiling_upper.tolist(),
        by_layer=dict(zip(course.layers, course.layer_values.tolist(), strict=True)),
        layer_peaks={name: _latency(each) for name, each in zip(course.layers, course.layer_peaks, strict=False)},
        step_delays=[
            StepDelayJson(area=each.area, steps=list(each.steps), delay=_latency(each.delay))
            for each in course.step_delays
        ],
        by_subject=dict(zip(course.subjects, course.subject_values.tolist(), strict=True)),
        chosen=[[None if each < 0 else course.layers[each] for each in part] for part in course.chosen],
        onset=_latency(course.onset),
        peak=_latency(course.peak),
        window_ms=course.window_ms,
        layer_choice=str(course.layer_choice),
    )


def _band(band: "Band") -> BandJson:
    return BandJson(low=band.low.tolist(), high=band.high.tolist())


def _latency(latency: "Latency") -> LatencyJson:
    low, high = latency.interval.low, latency.interval.high
    return LatencyJson(ms=latency.ms, low=low, high=high, reason=latency.reason)
