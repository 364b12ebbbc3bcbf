"""Course: a score at each time after the stimulus, with bands, ceiling and latencies."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.types.score import Interval

TOLD_P = 0.05
"""Below it a p, corrected for all times, tells a course from chance, or from another."""


class Latency(NamedTuple):
    """A time in ms from stimulus onset, with its interval; NaN, with the reason, where there is none."""

    ms: float
    interval: Interval
    reason: str = ""


class StepDelay(NamedTuple):
    """How much later an area of a network peaks with each of its steps, in ms: a slope, with its interval.

    NaN, or with a reason to doubt it, as a latency.
    """

    area: str
    steps: tuple[int, ...]
    delay: Latency


class Band(NamedTuple):
    """The ends of an interval at each time; NaN where the course is undefined."""

    low: Float[ndarray, " times"]
    high: Float[ndarray, " times"]


@dataclass(frozen=True, eq=False)
class Deviations:
    """How a course deviates from itself on the bootstrap's draws, time by time; rows as of `score.Draws`."""

    parts: Float[ndarray, "3 draws times"]
    stimulus_freedom: int
    subject_freedom: int
    stimulus_set: str
    subject_set: str

    def at(self, times: Bool[ndarray, " times"]) -> "Deviations":
        """Those at some of the times."""
        return replace(self, parts=self.parts[:, :, times])


@dataclass(frozen=True, eq=False)
class Course:
    """A score at each time, from `times_ms` after stimulus onset; all NaN at a time where it is undefined.

    `pointwise` is the 95 % interval of each time by itself, `simultaneous` the band that holds the whole course in 95 %
    of studies. `above_chance` is the p of a score above 0, corrected for all times. `layer_values` are the layers'
    scores without a choice, `layer_peaks` when each is highest, and `step_delays` how much later with each step of an
    area that has several (`types.steps`). `chosen` numbers the layer reported at each time, for each half or fold, -1
    where there is none. `window_ms` are the first and last time whose mean is the score, `layer_choice` says by which
    times a layer was chosen. `deviations` are None where only the course was read from a database.
    """

    times_ms: Float[ndarray, " times"]
    values: Float[ndarray, " times"]
    pointwise: Band
    simultaneous: Band
    above_chance: Float[ndarray, " times"]
    ceiling_lower: Float[ndarray, " times"]
    ceiling_upper: Float[ndarray, " times"]
    layers: tuple[str, ...]
    layer_values: Float[ndarray, "layers times"]
    layer_peaks: tuple[Latency, ...]
    step_delays: tuple[StepDelay, ...]
    chosen: Int[ndarray, "parts times"]
    subjects: tuple[str, ...]
    subject_values: Float[ndarray, "subjects times"]
    onset: Latency
    peak: Latency
    window_ms: tuple[float, float]
    layer_choice: str
    deviations: Deviations | None
