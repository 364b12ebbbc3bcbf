"""Whole results as plain values, to be written to a file and read into another database, whichever kind it is."""

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, insert, inspect, select
from sqlalchemy.orm import Session

from brainrank.api.db.base import Base, UtcDateTime
from brainrank.api.db.score_tables import (
    ChoicesRow,
    CourseRow,
    DrawsRow,
    LayerScoreRow,
    ScoreRow,
    SubjectScoreRow,
    TargetScoresRow,
)
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories import changes
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.repositories.rows import add_unless_there
from brainrank.api.repositories.statuses import Status

# What hangs on a run, each a row or several.
BESIDE: tuple[type[Base], ...] = (
    *(ScoreRow, LayerScoreRow, SubjectScoreRow),
    *(DrawsRow, TargetScoresRow, CourseRow, ChoicesRow),
)
# What is of one database only: numbers, whose the model is, and how the run came about there.
OF_ITS_DATABASE = {"id", "run_id", "model_id", "submission_id", "owner", "origin"}
RUNS_AT_ONCE = 100

Values = Mapping[str, Any]


def results(session: Session, benchmarks: Collection[str] | None = None) -> Iterator[Values]:
    """Every public result but those that come with brainrank, by benchmark: its model, its run, what hangs on it.

    Of these `benchmarks` alone, where they are named.
    """
    shown = [RunRow.status == Status.SUCCEEDED, RunRow.public, RunRow.origin != PUBLISHED]
    if benchmarks is not None:
        shown.append(RunRow.benchmark.in_(benchmarks))
    ordered = session.scalars(select(RunRow.id).where(*shown).order_by(RunRow.benchmark, RunRow.id)).all()
    for start in range(0, len(ordered), RUNS_AT_ONCE):
        block = ordered[start : start + RUNS_AT_ONCE]
        query = select(RunRow, ModelRow).join(ModelRow, ModelRow.id == RunRow.model_id).where(RunRow.id.in_(block))
        for run, model in session.execute(query.order_by(RunRow.benchmark, RunRow.id)).all():
            beside = {
                table.__tablename__: [_values(row) for row in session.scalars(_of(table, run.id))] for table in BESIDE
            }
            yield {"model": _values(model), "run": _values(run), **beside}
        session.expunge_all()


def insert_results(session: Session, found: Sequence[Values], *, origin: str) -> None:
    """Record results of another database, table by table: one by one they take ten times as long."""
    models = {_model_key(each): each["model"] for each in found}
    numbers = {key: _model(session, model) for key, model in models.items()}
    runs = [{**_read(RunRow, each["run"]), "model_id": numbers[_model_key(each)], "origin": origin} for each in found]
    if not runs:
        return
    run_ids = session.scalars(insert(RunRow).returning(RunRow.id, sort_by_parameter_order=True), runs).all()
    for table in BESIDE:
        rows = [
            {**_read(table, row), "run_id": run_id}
            for run_id, result in zip(run_ids, found, strict=True)
            for row in result[table.__tablename__]
        ]
        if rows:
            session.execute(insert(table), rows)
    changes.count_scores(session, run_ids)


def _model_key(result: Values) -> tuple[str, str]:
    return result["model"]["name"], result["model"]["spec_digest"]


def _model(session: Session, values: Values) -> int:
    """The number of a model of nobody's own, which is added unless it is there."""
    model = _read(ModelRow, values)
    add_unless_there(session, ModelRow, model)
    same = (ModelRow.name == model["name"], ModelRow.spec_digest == model["spec_digest"], ModelRow.owner == "")
    return session.scalars(select(ModelRow.id).where(*same)).one()


def _of(table: type[Base], run_id: int) -> Any:
    return select(table).where(table.__table__.c.run_id == run_id).order_by(*inspect(table).primary_key)


def _values(row: Base) -> dict[str, Any]:
    """A row's columns as JSON has them: bytes in base64, moments in ISO 8601."""
    values = {each.key: getattr(row, each.key) for each in type(row).__table__.columns}
    return {name: _as_json_value(value) for name, value in values.items() if name not in OF_ITS_DATABASE}


def _as_json_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _read(table: type[Base], values: Values) -> dict[str, Any]:
    """A row's columns from what `_values` made of them. Raises KeyError where one lacks that may not be NULL."""
    columns = [each for each in table.__table__.columns if each.key not in OF_ITS_DATABASE]
    return {
        each.key: _of_kind(each.type, values.get(each.key) if each.nullable else values[each.key]) for each in columns
    }


def _of_kind(kind: object, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(kind, UtcDateTime) else value
