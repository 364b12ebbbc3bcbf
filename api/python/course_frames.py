"""The rows of `Score.frame` of a score over time; none where the metric is of no times."""

from typing import TYPE_CHECKING, Any

from brainrank.benchmark.types.steps import by_area, step_of

if TYPE_CHECKING:
    from brainrank.benchmark.types.course import Course, Latency

Rows = tuple[list[tuple[Any, ...]], list[str]]
OF_LAYER = ("layer", "area", "step")
OF_LATENCY = ("low", "high", "reason")


def course_rows(course: "Course | None", _unit: str) -> Rows:
    """A row for each time: the score there, its bands, p above chance, and ceiling."""
    from brainrank.api.services.boards.exports import COURSE_COLUMNS, course_numbers

    numbers = () if course is None else course_numbers(course).values()
    return list(zip(*(each.tolist() for each in numbers), strict=True)), list(COURSE_COLUMNS)


def layer_course_rows(course: "Course | None", unit: str) -> Rows:
    """A row for each layer and time; the steps of an area after each other."""
    columns = [*OF_LAYER, "time_ms", "value", "unit"]
    if course is None:
        return [], columns
    times, values = course.times_ms.tolist(), course.layer_values.tolist()
    rows = [
        (*_of_layer(course.layers[place]), time, value, unit)
        for place in by_area(course.layers)
        for time, value in zip(times, values[place], strict=True)
    ]
    return rows, columns


def layer_peak_rows(course: "Course | None", _unit: str) -> Rows:
    """A row for each layer: when it is highest."""
    columns = [*OF_LAYER, "peak_ms", *OF_LATENCY]
    peaks = () if course is None else course.layer_peaks
    if course is None or not peaks:
        return [], columns
    places = by_area(course.layers)
    return [(*_of_layer(course.layers[place]), *_latency(peaks[place])) for place in places], columns


def step_delay_rows(course: "Course | None", _unit: str) -> Rows:
    """A row for each area of several steps: how much later it peaks with each."""
    delays = () if course is None else course.step_delays
    rows = [(each.area, len(each.steps), *_latency(each.delay)) for each in delays]
    return rows, ["area", "steps", "ms_a_step", *OF_LATENCY]


def _of_layer(layer: str) -> tuple[str, str, int | None]:
    step = step_of(layer)
    return (layer, layer, None) if step is None else (layer, *step)


def _latency(latency: "Latency") -> tuple[float, float, float, str]:
    return latency.ms, latency.interval.low, latency.interval.high, latency.reason
