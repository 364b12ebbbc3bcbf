"""How often the public scores of a benchmark changed: recorded in the transaction that changes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brainrank.api.db.tables import BoardRow, RunRow, ScoreChangesRow
from brainrank.api.repositories.statuses import Status


def scored(session: Session, run_id: int) -> None:
    """Count a run that has come to a score, if everybody may see it."""
    _count(session, RunRow.id == run_id, RunRow.public.is_(True))


def shown_or_hidden(session: Session, submission: int) -> None:
    """Count the scores of a submission that everybody may see from now on, or nobody any more.

    Boards of past days, which new scores do not change, are forgotten: they might show what is hidden.
    """
    _count(session, RunRow.submission_id == submission)
    session.execute(delete(BoardRow).where(BoardRow.day != ""))


def total(benchmarks: Iterable[str]) -> ScalarSelect[int]:
    """How often the scores of these benchmarks changed in all, for a query; no fewer than the runs that are shown."""
    summed = select(func.coalesce(func.sum(ScoreChangesRow.changes), 0))
    return summed.where(ScoreChangesRow.benchmark.in_(list(benchmarks))).scalar_subquery()


def every(session: Session) -> Mapping[str, int]:
    """How often the scores of each benchmark changed."""
    rows = session.execute(select(ScoreChangesRow.benchmark, ScoreChangesRow.changes))
    return {row.benchmark: row.changes for row in rows}


def _count(session: Session, *which: ColumnElement[bool]) -> None:
    # In the order of names, so that two transactions never wait for each other's.
    counted = (
        select(RunRow.benchmark, func.count())
        .where(RunRow.status == Status.SUCCEEDED, *which)
        .group_by(RunRow.benchmark)
        .order_by(RunRow.benchmark)
    )
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = (postgresql.insert if on_postgresql else sqlite.insert)(ScoreChangesRow)
    insert = insert.from_select(["benchmark", "changes"], counted)
    more = {"changes": ScoreChangesRow.changes + insert.excluded.changes}
    session.execute(insert.on_conflict_do_update(index_elements=["benchmark"], set_=more))
