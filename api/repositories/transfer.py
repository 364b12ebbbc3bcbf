"""Whole results as plain values, to be written to a file and read into another database, whichever kind it is."""

import base64
from collections.abc import Iterator, Mapping
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
from brainrank.api.repositories.rows import add_unless_there
from brainrank.api.repositories.statuses import Status

# What hangs on a run, each a row or several.
BESIDE: tuple[type[Base], ...] = (
    *(ScoreRow, LayerScoreRow, SubjectScoreRow),
    *(DrawsRow, TargetScoresRow, CourseRow, ChoicesRow),
)
# What is of one database only: numbers, whose the model is, and how the run came about there.
OF_ITS_DATABASE = {"id", "run_id", "model_id", "submission_id", "owner"}
RUNS_AT_ONCE = 100

Values = Mapping[str, Any]


def results(session: Session) -> Iterator[Values]:
    """Every public result, the oldest first: its model, its run, and what hangs on it."""
    shown = (RunRow.status == Status.SUCCEEDED, RunRow.public)
    last = 0
    while True:
        query = select(RunRow, ModelRow).join(ModelRow, ModelRow.id == RunRow.model_id)
        found = session.execute(query.where(*shown, RunRow.id > last).order_by(RunRow.id).limit(RUNS_AT_ONCE)).all()
        for run, model in found:
            beside = {
                table.__tablename__: [_values(row) for row in session.scalars(_of(table, run.id))] for table in BESIDE
            }
            yield {"model": _values(model), "run": _values(run), **beside}
        if not found:
            return
        last = found[-1][0].id
        session.expunge_all()


def add_result(session: Session, result: Values) -> bool:
    """Record a result of another database; False where it, or a newer one of that model and benchmark, is here.

    Boards show the newest run; an older one that came later would take its place.
    """
    model, run = _read(ModelRow, result["model"]), _read(RunRow, result["run"])
    known = (
        select(RunRow.id)
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .where(ModelRow.name == model["name"], RunRow.benchmark == run["benchmark"])
        .where(RunRow.benchmark_version == run["benchmark_version"], RunRow.status == Status.SUCCEEDED)
        .where(RunRow.public, RunRow.finished_at >= run["finished_at"])
    )
    if session.scalars(known.limit(1)).first() is not None:
        return False
    add_unless_there(session, ModelRow, model)
    digest = (ModelRow.name == model["name"], ModelRow.spec_digest == model["spec_digest"])
    model_id = session.scalars(select(ModelRow.id).where(*digest)).one()
    run_id = session.scalars(insert(RunRow).values(**run, model_id=model_id).returning(RunRow.id)).one()
    for table in BESIDE:
        rows = [{**_read(table, each), "run_id": run_id} for each in result[table.__tablename__]]
        if rows:
            session.execute(insert(table), rows)
    changes.count_score(session, run_id)
    return True


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
    """A row's columns from what `_values` made of them. Raises KeyError for one that is lacking."""
    columns = [each for each in table.__table__.columns if each.key not in OF_ITS_DATABASE]
    return {each.key: _of_kind(each.type, values[each.key]) for each in columns}


def _of_kind(kind: object, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(kind, UtcDateTime) else value
