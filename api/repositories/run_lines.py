"""Runs in a list: a line each, without what makes a run long."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, load_only

from brainrank.api.db.score_tables import ScoreRow
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories.statuses import Status


@dataclass(frozen=True)
class RunLine:
    """A run wherever it is; `value` is NaN until it is scored, and for an undefined score."""

    run_id: int
    model: str
    benchmark: str
    benchmark_version: int
    status: Status
    value: float
    created_at: datetime
    finished_at: datetime | None
    error_class: str | None
    error: str | None


@dataclass(frozen=True)
class RunLines:
    """The newest runs of those asked for, the newest first, and how many there are of them in all."""

    lines: Sequence[RunLine]
    total: int


def newest(
    session: Session,
    *,
    models: Collection[str] | None = None,
    benchmarks: Collection[str] | None = None,
    statuses: Collection[Status] | None = None,
    limit: int,
) -> RunLines:
    """The newest runs of these models, benchmarks and statuses, all where one is None."""
    wanted = select(RunRow).join(RunRow.model)
    for column, values in ((ModelRow.name, models), (RunRow.benchmark, benchmarks), (RunRow.status, statuses)):
        if values is not None:
            wanted = wanted.where(column.in_(list(values)))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    loaded = (joinedload(RunRow.model).load_only(ModelRow.name), joinedload(RunRow.score).load_only(ScoreRow.value))
    short = load_only(
        *(RunRow.benchmark, RunRow.benchmark_version, RunRow.status, RunRow.created_at, RunRow.finished_at),
        *(RunRow.error_class, RunRow.error),
    )
    rows = session.scalars(wanted.options(short, *loaded).order_by(RunRow.id.desc()).limit(limit))
    return RunLines([_line(row) for row in rows], total)


def _line(row: RunRow) -> RunLine:
    value = None if row.score is None else row.score.value
    return RunLine(
        run_id=row.id,
        model=row.model.name,
        benchmark=row.benchmark,
        benchmark_version=row.benchmark_version,
        status=Status(row.status),
        value=float("nan") if value is None else value,
        created_at=row.created_at,
        finished_at=row.finished_at,
        error_class=row.error_class,
        error=row.error,
    )
