"""How often the public scores of a benchmark changed: recorded in the transaction that changes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, ScalarSelect, String, any_, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brainrank.api.db.board_tables import BoardRow, ScoreChangesRow, StandingRow
from brainrank.api.db.tables import ModelRow, RunRow, SubmissionRow
from brainrank.api.repositories.statuses import Status


def count_score(session: Session, run_id: int) -> None:
    """Count a run that has come to a score, if everybody may see it."""
    _count(session, RunRow.id == run_id, RunRow.public.is_(True))


def count_scores(session: Session, run_ids: Sequence[int]) -> None:
    """Count runs that came with their scores, of those that everybody may see."""
    _count(session, RunRow.id.in_(run_ids), RunRow.public.is_(True))


def count_visibility_change(session: Session, submission: int, *, public: bool) -> None:
    """Count the scores of a submission that everybody may see from now on, or nobody any more.

    What is hidden is gone from every board at once. Boards of past days, which nothing else changes, are forgotten.
    """
    _count(session, RunRow.submission_id == submission)
    session.execute(delete(BoardRow).where(BoardRow.day != ""))
    if not public:
        model = select(ModelRow.name).join(SubmissionRow, SubmissionRow.model_id == ModelRow.id)
        hidden = model.where(SubmissionRow.id == submission).scalar_subquery()
        session.execute(delete(StandingRow).where(StandingRow.model == hidden))


def total(session: Session, benchmarks: Sequence[str]) -> ScalarSelect[int]:
    """How often the scores of these benchmarks changed in all, for a query; no fewer than the runs that are shown."""
    summed = select(func.coalesce(func.sum(ScoreChangesRow.changes), 0))
    if session.get_bind().dialect.name == "postgresql":
        # One parameter: a hundred take SQLAlchemy longer than the rest of a page.
        return summed.where(ScoreChangesRow.benchmark == any_(literal(benchmarks, ARRAY(String)))).scalar_subquery()
    return summed.where(ScoreChangesRow.benchmark.in_(benchmarks)).scalar_subquery()


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
