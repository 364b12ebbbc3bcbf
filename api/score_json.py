"""A score, its interval and its ceiling as JSON: one spelling on the command line, over REST and in stored boards.

Numbers are null where they are undefined.
"""

import operator
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from brainrank.api.course_json import CourseJson, course_json

if TYPE_CHECKING:
    from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score

Number = float | None


class IntervalJson(BaseModel):
    """A bootstrap interval at `level`; where there is none its bounds are null, and `reason` says why."""

    low: Number
    high: Number
    level: float
    reason: str = Field("", exclude_if=operator.not_)


class CeilingJson(BaseModel):
    """The best score the data allow, from `lower` to `upper`; `reason` says why there is none, or what it leaves out.

    `interval` is that of `lower`, null where none was looked for. A `raw_interval` is there where a convention gives
    undefined values a number: the interval without them, which decides on `unreliable`.
    """

    lower: Number
    upper: Number
    interval: IntervalJson | None
    raw_interval: IntervalJson | None
    unreliable: bool
    reason: str


class LayerJson(BaseModel):
    """A point of a layer curve; `won` is how often the layer was the one chosen."""

    layer: str
    value: Number
    won: float


class SubjectJson(BaseModel):
    """A score against one subject."""

    subject: str
    value: Number


class DetailJson(BaseModel):
    """A number told beside a score, and what people reach on it."""

    name: str
    value: Number
    people: Number


class ScoreJson(BaseModel):
    """A score; `reason` says why it is not there."""

    value: Number
    unit: str
    interval: IntervalJson
    ceiling: CeilingJson
    layers: list[str]
    reason: str


class CurvesJson(ScoreJson):
    """A score with its layer curve, subjects and details, and, of timed measurements, its course."""

    layer_curve: list[LayerJson]
    subjects: list[SubjectJson]
    details: list[DetailJson]
    course: CourseJson | None = Field(None, exclude_if=operator.not_)


def interval_json(interval: "Interval") -> IntervalJson:
    """An interval."""
    return IntervalJson(low=interval.low, high=interval.high, level=interval.level, reason=interval.reason)


def ceiling_json(ceiling: "NoiseCeiling") -> CeilingJson:
    """A noise ceiling."""
    return CeilingJson(
        lower=ceiling.lower,
        upper=ceiling.upper,
        interval=None if ceiling.interval is None else interval_json(ceiling.interval),
        raw_interval=None if ceiling.raw_interval is None else interval_json(ceiling.raw_interval),
        unreliable=ceiling.unreliable,
        reason=ceiling.reason,
    )


def score_json(score: "Score") -> ScoreJson:
    """A score without its curve, subjects and details."""
    return ScoreJson(
        value=score.value,
        unit=score.unit,
        interval=interval_json(score.interval),
        ceiling=ceiling_json(score.ceiling),
        layers=list(score.layers),
        reason=score.reason,
    )


def curves_json(score: "Score") -> CurvesJson:
    """A score with its curve, subjects, details and course."""
    return CurvesJson(
        **dict(score_json(score)),
        layer_curve=[LayerJson(layer=each.layer, value=each.value, won=each.won) for each in score.layer_curve],
        subjects=[SubjectJson(subject=each.subject, value=each.value) for each in score.per_subject],
        details=[DetailJson(name=each.name, value=each.value, people=each.reference) for each in score.details],
        course=None if score.course is None else course_json(score.course),
    )
