"""Many scores at once: what leaderboards, comparisons and exports read, without curves, receipts and draws."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from brainrank.api.db.score_tables import DrawsRow, ScoreRow
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories.score_rows import draws_of, score_of
from brainrank.api.repositories.statuses import Status
from brainrank.api.repositories.visibility import EVERYBODY, Viewer
from brainrank.benchmark.types.score import Draws, NoiseCeiling, Score

# Draws are read in blocks of so many runs: 12 MB where a run has 1,000 of them.
RUNS_AT_ONCE = 1000


class StoredScore(NamedTuple):
    """A succeeded run, and its score without layer curve, subjects, targets and draws; `origin` as of runs."""

    run_id: int
    model: str
    family: str
    benchmark: str
    benchmark_version: int
    code_version: str
    finished_at: datetime
    public: bool
    origin: str
    score: Score


@dataclass(frozen=True)
class Wanted:
    """Which scores; what is empty or None is no condition. `text` is looked for in models' names and descriptions."""

    models: Sequence[str] = ()
    families: Sequence[str] = ()
    benchmarks: Sequence[str] | None = None
    text: str = ""
    since: datetime | None = None


def latest_succeeded(
    session: Session,
    benchmarks: Mapping[str, int],
    *,
    models: Sequence[str] | None = None,
    before: datetime | None = None,
    viewer: Viewer = EVERYBODY,
) -> Sequence[StoredScore]:
    """Each model's newest run of each benchmark, given the benchmarks' current versions by name.

    All models unless named; runs that the viewer may see, and finished `before` a moment where one is given.
    """
    newest = (
        select(func.max(RunRow.id))
        .join(RunRow.model)
        .where(RunRow.status == Status.SUCCEEDED, viewer.runs)
        .where(RunRow.benchmark.in_(benchmarks))
        .group_by(ModelRow.name, RunRow.benchmark, RunRow.benchmark_version)
    )
    if models is not None:
        newest = newest.where(ModelRow.name.in_(models))
    if before is not None:
        newest = newest.where(RunRow.finished_at < before)
    rows = session.execute(_scores().where(RunRow.id.in_(newest)).order_by(RunRow.id))
    return [_stored_score(row) for row in rows if row.benchmark_version == benchmarks[row.benchmark]]


def newest(
    session: Session, wanted: Wanted, *, viewer: Viewer, before: int | None, limit: int
) -> Sequence[StoredScore]:
    """The newest scores that the viewer may see, of runs numbered below `before`."""
    query = _scores().where(RunRow.status == Status.SUCCEEDED, viewer.runs, *_conditions(wanted))
    if before is not None:
        # Told of both columns: PostgreSQL would read all the newer scores to find where those of these runs begin.
        query = query.where(RunRow.id < before, ScoreRow.run_id < before)
    return [_stored_score(row) for row in session.execute(query.order_by(RunRow.id.desc()).limit(limit))]


def ceiling(session: Session, benchmark: str, version: int) -> NoiseCeiling | None:
    """The noise ceiling beside the newest public score of a benchmark's version."""
    shown = (RunRow.status == Status.SUCCEEDED, RunRow.public, RunRow.benchmark == benchmark)
    query = _scores().where(*shown, RunRow.benchmark_version == version).order_by(RunRow.id.desc()).limit(1)
    row = session.execute(query).first()
    return None if row is None else _stored_score(row).score.ceiling


def draws(session: Session, run_ids: Sequence[int], *, stimulus_set: str | None = None) -> Iterator[tuple[int, Draws]]:
    """The bootstrap draws of runs, for those that have any (of that set of stimuli, where one is given), in blocks."""
    query = select(DrawsRow.__table__)
    if stimulus_set is not None:
        query = query.where(DrawsRow.stimulus_set == stimulus_set)
    for start in range(0, len(run_ids), RUNS_AT_ONCE):
        block = run_ids[start : start + RUNS_AT_ONCE]
        for row in session.execute(query.where(DrawsRow.run_id.in_(block))):
            yield row.run_id, draws_of(row)


def stimulus_sets(session: Session, run_ids: Sequence[int]) -> Sequence[str]:
    """The sets of stimuli that the draws of runs are of."""
    found: dict[str, None] = {}
    for start in range(0, len(run_ids), RUNS_AT_ONCE):
        block = run_ids[start : start + RUNS_AT_ONCE]
        query = select(DrawsRow.stimulus_set).where(DrawsRow.run_id.in_(block)).distinct()
        found |= dict.fromkeys(session.scalars(query))
    return list(found)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.models:
        conditions.append(ModelRow.name.in_(wanted.models))
    if wanted.families:
        conditions.append(ModelRow.family.in_(wanted.families))
    if wanted.benchmarks is not None:
        conditions.append(RunRow.benchmark.in_(wanted.benchmarks))
    if wanted.text:
        found = (each.icontains(wanted.text, autoescape=True) for each in (ModelRow.name, ModelRow.description))
        conditions.append(or_(*found))
    if wanted.since is not None:
        conditions.append(RunRow.finished_at >= wanted.since)
    return conditions


def _scores() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(RunRow.id, RunRow.benchmark, RunRow.benchmark_version, RunRow.code_version),
            *(RunRow.finished_at, RunRow.public, RunRow.origin, ModelRow.name, ModelRow.family),
            *(ScoreRow.value, ScoreRow.unit, ScoreRow.interval_low, ScoreRow.interval_high, ScoreRow.interval_level),
            *(ScoreRow.ceiling_lower, ScoreRow.ceiling_upper, ScoreRow.ceiling_reason, ScoreRow.ceiling_interval),
            *(ScoreRow.ceiling_raw_interval, ScoreRow.layers, ScoreRow.reason),
        )
        .join(RunRow.model)
        .join(RunRow.score)
    )


def _stored_score(row: Any) -> StoredScore:
    return StoredScore(
        row.id,
        row.name,
        row.family,
        row.benchmark,
        row.benchmark_version,
        row.code_version or "",
        row.finished_at,
        row.public,
        row.origin,
        score_of(row),
    )
