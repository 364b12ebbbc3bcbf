"""Scores that contradict each other: of one identity, with different numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from brainrank.api.db.score_tables import ScoreRow
from brainrank.api.db.tables import ModelRow, RunRow, ScoreConflictRow
from brainrank.api.repositories.identity import identity, is_same_number
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.repositories.rows import insert_unless_there
from brainrank.api.repositories.statuses import Status


class Conflict(NamedTuple):
    """Another number for a run, who made it and when, with its receipt; None is undefined."""

    origin: str
    value: float | None
    finished_at: datetime
    receipt: Mapping[str, Any]


class ShownConflict(NamedTuple):
    """A run that is here, and what contradicts it."""

    run_id: int
    model: str
    benchmark: str
    origin: str
    value: float | None
    other: Conflict


def add(session: Session, run_id: int, other: Conflict) -> None:
    """Record what contradicts a run, once for each origin."""
    session.execute(insert_unless_there(session, ScoreConflictRow, {"run_id": run_id, **other._asdict()}))


def note_published(session: Session, run_id: int) -> None:
    """Record for a run that was scored here what of the published results contradicts it."""
    run = session.execute(
        select(RunRow.benchmark, RunRow.benchmark_version, RunRow.receipt, ModelRow.name, ScoreRow.value)
        .join(RunRow.model)
        .join(RunRow.score)
        .where(RunRow.id == run_id)
    ).one()
    others = session.execute(
        select(RunRow.origin, ScoreRow.value, RunRow.finished_at, RunRow.receipt)
        .join(RunRow.model)
        .join(RunRow.score)
        .where(RunRow.benchmark == run.benchmark, RunRow.benchmark_version == run.benchmark_version)
        .where(RunRow.status == Status.SUCCEEDED, RunRow.origin == PUBLISHED, ModelRow.name == run.name)
    )
    for other in others:
        same = identity(other.receipt) == identity(run.receipt)
        if same and not is_same_number(other.value, run.value):
            add(session, run_id, Conflict(*other))


def every(session: Session, run_ids: Sequence[int] | None = None) -> Sequence[ShownConflict]:
    """All conflicts between public scores, or those of these runs."""
    query = (
        select(RunRow.id, ModelRow.name, RunRow.benchmark, RunRow.origin, ScoreRow.value)
        .add_columns(ScoreConflictRow.origin.label("from_"), ScoreConflictRow.value.label("number"))
        .add_columns(ScoreConflictRow.finished_at.label("at"), ScoreConflictRow.receipt.label("other"))
        .join(ScoreConflictRow, ScoreConflictRow.run_id == RunRow.id)
        .join(RunRow.model)
        .join(RunRow.score)
        .where(RunRow.public)
        .order_by(ModelRow.name, RunRow.benchmark, ScoreConflictRow.origin)
    )
    if run_ids is not None:
        query = query.where(RunRow.id.in_(run_ids))
    return [
        ShownConflict(
            row.id, row.name, row.benchmark, row.origin, row.value, Conflict(row.from_, row.number, row.at, row.other)
        )
        for row in session.execute(query)
    ]
