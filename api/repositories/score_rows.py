"""Scores as rows of the database's tables, and back: NaN is NULL there, and arrays are little-endian bytes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from brainrank.api.db.base import Base
from brainrank.api.db.score_tables import (
    ChoicesRow,
    DrawsRow,
    LayerScoreRow,
    ScoreRow,
    SubjectScoreRow,
)
from brainrank.api.db.tables import RunRow
from brainrank.api.json_text import number_or_null
from brainrank.api.repositories.course_rows import course_row
from brainrank.api.repositories.target_rows import target_scores_row
from brainrank.benchmark.types.score import (
    Detail,
    Draws,
    Interval,
    LayerScore,
    NoiseCeiling,
    Score,
    SubjectScore,
)
from brainrank.benchmark.types.trials import Choices


def rows_of(run_id: int, score: Score) -> Iterator[Base]:
    """The rows that hold a run's score, and what there is beside it."""
    yield _score_row(run_id, score)
    for position, layer in enumerate(score.layer_curve):
        yield LayerScoreRow(
            run_id=run_id, position=position, layer=layer.layer, value=number_or_null(layer.value), won=layer.won
        )
    for position, subject in enumerate(score.per_subject):
        yield SubjectScoreRow(
            run_id=run_id, position=position, subject=subject.subject, value=number_or_null(subject.value)
        )
    if score.draws is not None:
        yield draws_row(run_id, score.draws)
    if score.per_target is not None:
        yield target_scores_row(run_id, score.per_target)
    if score.course is not None:
        yield course_row(run_id, score.course)
    if score.choices is not None:
        ids, categories, *_ = score.choices
        yield ChoicesRow(run_id=run_id, stimulus_ids=list(ids), categories=list(categories))


def draws_row(run_id: int, draws: Draws) -> DrawsRow:
    """The row that holds a run's draws."""
    return DrawsRow(
        run_id=run_id,
        deviations=draws.deviations.astype("<f4").tobytes(),
        stimulus_freedom=draws.stimulus_freedom,
        subject_freedom=draws.subject_freedom,
        stimulus_set=draws.stimulus_set,
        subject_set=draws.subject_set,
    )


def score_of(row: Any) -> Score:
    """The score in a row that has a score's columns: without curve, subjects, details and draws."""
    return Score(
        value=number(row.value),
        unit=row.unit,
        interval=Interval(number(row.interval_low), number(row.interval_high), row.interval_level),
        ceiling=NoiseCeiling(
            number(row.ceiling_lower),
            number(row.ceiling_upper),
            row.ceiling_reason,
            *(
                None if each is None else Interval(*map(number, each))
                for each in (row.ceiling_interval, row.ceiling_raw_interval)
            ),
        ),
        layers=tuple(row.layers),
        reason=row.reason,
    )


def score_with_curve(row: RunRow, score: ScoreRow, draws: DrawsRow | None) -> Score:
    """A run's score with its curve, subjects and details, and the draws that are given."""
    return replace(
        score_of(score),
        layer_curve=tuple(LayerScore(each.layer, number(each.value), each.won) for each in row.layer_scores),
        per_subject=tuple(SubjectScore(each.subject, number(each.value)) for each in row.subject_scores),
        details=tuple(Detail(each["name"], number(each["value"]), number(each["reference"])) for each in score.details),
        draws=None if draws is None else draws_of(draws),
    )


def draws_of(row: Any) -> Draws:
    """The draws in a row that has their columns."""
    deviations = np.frombuffer(row.deviations, dtype="<f4").reshape(3, -1).astype(np.float32)
    return Draws(deviations, row.stimulus_freedom, row.subject_freedom, row.stimulus_set, row.subject_set)


def choices_of(row: ChoicesRow) -> Choices:
    """What a model chose, in its row."""
    return Choices(tuple(row.stimulus_ids), tuple(row.categories))


def number(stored: float | None) -> float:
    """What a column has for a number: NULL is NaN."""
    return np.nan if stored is None else stored


def _score_row(run_id: int, score: Score) -> ScoreRow:
    return ScoreRow(
        run_id=run_id,
        value=number_or_null(score.value),
        unit=score.unit,
        interval_low=number_or_null(score.interval.low),
        interval_high=number_or_null(score.interval.high),
        interval_level=score.interval.level,
        ceiling_lower=number_or_null(score.ceiling.lower),
        ceiling_upper=number_or_null(score.ceiling.upper),
        ceiling_reason=score.ceiling.reason,
        ceiling_interval=_bounds(score.ceiling.interval),
        ceiling_raw_interval=_bounds(score.ceiling.raw_interval),
        layers=list(score.layers),
        details=[
            {"name": each.name, "value": number_or_null(each.value), "reference": number_or_null(each.reference)}
            for each in score.details
        ],
        reason=score.reason,
    )


def _bounds(interval: Interval | None) -> list[float | None] | None:
    """With its bounds null where it is undefined: a ceiling of that kind cannot be told from zero."""
    return None if interval is None else [number_or_null(interval.low), number_or_null(interval.high), interval.level]
