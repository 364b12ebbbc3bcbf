"""Whether later steps of a recurrent network are most like the brain at later times.

Defined in docs/conventions.md#courses.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.statistics.courses import NOTHING_DRAWN, DrawnPeak, interval_of
from brainrank.benchmark.types.course import Latency, StepDelay
from brainrank.benchmark.types.steps import AreaStep, areas_of


def step_delays(layers: Sequence[str], peaks: Sequence[DrawnPeak]) -> tuple[StepDelay, ...]:
    """Return, for each area with several steps, the least-squares slope of its peaks over its steps, in ms a step.

    The interval is over the slopes of drawn peaks, all layers' being of the same draws. A step whose peak has a reason
    to be doubted gives it to the area's delay.
    """
    return tuple(
        StepDelay(area, tuple(each.number for each in steps), _delay(layers, steps, peaks))
        for area, steps in areas_of(layers).items()
    )


def _delay(layers: Sequence[str], steps: Sequence[AreaStep], peaks: Sequence[DrawnPeak]) -> Latency:
    numbers = np.array([each.number for each in steps], dtype=float)
    of_steps = [peaks[each.place] for each in steps]
    slope = float(_slope(numbers, np.array([[each.latency.ms] for each in of_steps]))[0])
    doubts = [
        f"{layers[e.place]}: {p.latency.reason}" for e, p in zip(steps, of_steps, strict=True) if p.latency.reason
    ]
    reason = doubts[0] if doubts else ""
    if not all(each.drawn.size for each in of_steps):
        return Latency(slope, NOTHING_DRAWN, reason)
    drawn = _slope(numbers, np.stack([each.drawn for each in of_steps]))
    return Latency(slope, interval_of(slope, drawn), reason)


def _slope(numbers: Float[ndarray, " steps"], peaks: Float[ndarray, "steps draws"]) -> Float[ndarray, " draws"]:
    away = numbers - numbers.mean()
    return np.asarray(away @ peaks / (away @ away))
