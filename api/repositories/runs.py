"""Runs in the database: every query about them is here."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from brainrank.api.db.score_tables import ChoicesRow, CourseRow, DrawsRow
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories import changes, conflicts
from brainrank.api.repositories.course_rows import course_of
from brainrank.api.repositories.models import model_row
from brainrank.api.repositories.origins import HERE
from brainrank.api.repositories.score_rows import choices_of, rows_of, score_with_curve
from brainrank.api.repositories.scores import latest_succeeded
from brainrank.api.repositories.statuses import WORKING, Status
from brainrank.api.repositories.target_rows import target_scores_of
from brainrank.api.repositories.visibility import Viewer
from brainrank.benchmark.scoring.code_version import code_of
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.text import storable
from brainrank.benchmark.types.trials import Choices

if TYPE_CHECKING:
    from brainrank.benchmark.scoring.run import RunResult

# Beyond what the databases' numbers of rows hold; they refuse to look for it.
LARGEST_ID = 2**31 - 1
# The number of a run that is not in a database, which count from 1.
NOT_STORED = 0


@dataclass(frozen=True)
class StoredRun:
    """A succeeded run as the database has it; of one that is not stored, `run_id` is NOT_STORED.

    `origin` says who made it, as the column of runs does.
    """

    run_id: int
    model: str
    family: str
    description: str
    benchmark: str
    benchmark_version: int
    finished_at: datetime
    score: Score
    receipt: Mapping[str, Any]
    seconds: Mapping[str, float]
    origin: str = HERE


@dataclass(frozen=True)
class ShownRun:
    """A run wherever it is; `stored` once it succeeded."""

    run_id: int
    model: str
    family: str
    benchmark: str
    benchmark_version: int
    status: Status
    public: bool
    submission: int | None
    created_at: datetime
    finished_at: datetime | None
    error_class: str | None
    error: str | None
    stored: StoredRun | None


def find_succeeded(
    session: Session, spec: ModelSpec, *, benchmark: str, benchmark_version: int, code_version: str
) -> StoredRun | None:
    """The newest run of exactly this model revision and benchmark version, if it is by this code, of whatever release.

    An older one by this code is none: boards have the newest. Nor is one that was made elsewhere: who scores here gets
    a number of their own.
    """
    query = (
        _select_succeeded()
        .where(ModelRow.name == spec.name, ModelRow.spec_digest == spec.digest)
        .where(RunRow.benchmark == benchmark, RunRow.benchmark_version == benchmark_version, RunRow.origin == HERE)
        .options(joinedload(RunRow.draws))
        .order_by(RunRow.id.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    if row is None or code_of(row.code_version or "") != code_of(code_version):
        return None
    return _stored_run(row, row.draws)


def add_succeeded(session: Session, spec: ModelSpec, result: "RunResult") -> StoredRun:
    """Record a score with its receipt."""
    receipt = result.receipt
    run = _new_run(
        session, spec, receipt.benchmark, receipt.benchmark_version, receipt.code_version, status=Status.SUCCEEDED
    )
    run.receipt, run.seconds = receipt.content, result.seconds._asdict()
    session.flush()
    add_score(session, run.id, result.score)
    return find_run(session, run.id)


def stored_run_without_database(spec: ModelSpec, result: "RunResult") -> StoredRun:
    """What `add_succeeded` would return, without a database; the receipt as it is read from JSON."""
    receipt = result.receipt
    return StoredRun(
        run_id=NOT_STORED,
        model=spec.name,
        family=spec.family,
        description=spec.description,
        benchmark=receipt.benchmark,
        benchmark_version=receipt.benchmark_version,
        finished_at=datetime.now(UTC),
        score=result.score,
        receipt=json.loads(json.dumps(receipt.content)),
        seconds=result.seconds._asdict(),
    )


def add_score(session: Session, run_id: int, score: Score) -> None:
    """Record what a run came to, beside its row, and what of the published results contradicts it."""
    session.add_all(rows_of(run_id, score))
    session.flush()
    conflicts.note_published(session, run_id)
    changes.count_score(session, run_id)


def find_run(session: Session, run_id: int) -> StoredRun:
    """The succeeded run of that number, with all that stands beside its score. Raises UserError when there is none."""
    beside = (
        joinedload(RunRow.target_scores).undefer("*"),
        joinedload(RunRow.course).undefer(CourseRow.deviations),
        joinedload(RunRow.draws),
    )
    query = _select_succeeded().options(*beside).where(RunRow.id == run_id)
    # What was written a moment ago is read as the database has it: JSON knows no tuples.
    rows = session.scalars(query.execution_options(populate_existing=True)) if run_id <= LARGEST_ID else iter(())
    row = next(iter(rows), None)
    if row is None:
        raise UserError(f"There is no succeeded run {run_id}; the numbers of runs are in brainrank score MODEL --json")
    return _whole(row, draws=row.draws, spatial=True)


def _whole(row: RunRow, draws: DrawsRow | None = None, *, spatial: bool = False) -> StoredRun:
    """A run with its scores per target and its course."""
    stored, targets = _stored_run(row, draws), row.target_scores
    per_target = None if targets is None else target_scores_of(targets, spatial=spatial)
    course = None if row.course is None else course_of(row.course, deviations=draws is not None)
    return replace(stored, score=replace(stored.score, per_target=per_target, course=course))


def look(session: Session, run_id: int, viewer: Viewer, *, spatial: bool = False) -> ShownRun | None:
    """A run that the viewer may see, wherever it is, with its scores per target and its course.

    What maps are made of is read where it is asked for.
    """
    one = (RunRow.model, RunRow.score, RunRow.course)
    many = (RunRow.layer_scores, RunRow.subject_scores)
    targets = joinedload(RunRow.target_scores)
    query = select(RunRow).options(
        *map(joinedload, one), *map(selectinload, many), targets.undefer("*") if spatial else targets
    )
    row = session.scalars(query.where(RunRow.id == run_id, viewer.runs)).first()
    if row is None:
        return None
    return ShownRun(
        run_id=row.id,
        model=row.model.name,
        family=row.model.family,
        benchmark=row.benchmark,
        benchmark_version=row.benchmark_version,
        status=Status(row.status),
        public=row.public,
        submission=row.submission_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        error_class=row.error_class,
        error=row.error,
        stored=None if row.score is None else _whole(row, spatial=spatial),
    )


def of_model(
    session: Session, model: str, benchmarks: Mapping[str, int], *, viewer: Viewer
) -> Sequence[tuple[StoredRun, bool]]:
    """A model's newest run of each benchmark's current version, and whether everybody may see it."""
    found = latest_succeeded(session, benchmarks, models=[model], viewer=viewer)
    rows = session.scalars(
        _select_succeeded().where(RunRow.id.in_([each.run_id for each in found])).order_by(RunRow.id)
    )
    return [(_stored_run(row), row.public) for row in rows]


def with_curves(session: Session, run_ids: Collection[int]) -> Mapping[int, Score]:
    """The scores of succeeded runs with their layer curves and subjects, without targets and draws."""
    rows = session.scalars(_select_succeeded().where(RunRow.id.in_(run_ids)))
    return {row.id: _stored_run(row).score for row in rows}


def choices(session: Session, run_ids: Collection[int]) -> Mapping[int, Choices]:
    """What the models of runs chose, of those runs that have it."""
    rows = session.scalars(select(ChoicesRow).where(ChoicesRow.run_id.in_(run_ids)))
    return {row.run_id: choices_of(row) for row in rows}


def count_unfinished(session: Session) -> Mapping[tuple[str, str], int]:
    """How many runs wait or are at work, by queue and status."""
    query = select(RunRow.queue, RunRow.status, func.count()).where(RunRow.status.in_((Status.QUEUED, *WORKING)))
    rows = session.execute(query.group_by(RunRow.queue, RunRow.status))
    return {(name or "", status): count for name, status, count in rows}


def add_failed(
    session: Session, spec: ModelSpec, *, benchmark: str, benchmark_version: int, code_version: str, error: Exception
) -> None:
    """Record that a run failed, and why."""
    run = _new_run(session, spec, benchmark, benchmark_version, code_version, status=Status.FAILED)
    run.error_class, run.error = type(error).__name__, storable(str(error))
    session.flush()


def _select_succeeded() -> Select[RunRow]:
    return (
        select(RunRow)
        .join(RunRow.model)
        .where(RunRow.status == Status.SUCCEEDED)
        .options(
            joinedload(RunRow.model),
            joinedload(RunRow.score),
            selectinload(RunRow.layer_scores),
            selectinload(RunRow.subject_scores),
        )
    )


def _new_run(
    session: Session, spec: ModelSpec, benchmark: str, benchmark_version: int, code_version: str, *, status: Status
) -> RunRow:
    now = datetime.now(UTC)
    run = RunRow(
        model=model_row(session, spec),
        benchmark=benchmark,
        benchmark_version=benchmark_version,
        code_version=code_version,
        status=status,
        created_at=now,
        finished_at=now,
    )
    session.add(run)
    return run


def _stored_run(row: RunRow, draws: DrawsRow | None = None) -> StoredRun:
    if row.score is None or row.receipt is None or row.finished_at is None:
        raise RuntimeError(f"Run {row.id} succeeded without a score; the database was changed by hand")
    return StoredRun(
        run_id=row.id,
        model=row.model.name,
        family=row.model.family,
        description=row.model.description,
        benchmark=row.benchmark,
        benchmark_version=row.benchmark_version,
        finished_at=row.finished_at,
        score=score_with_curve(row, row.score, draws),
        receipt=row.receipt,
        seconds=row.seconds or {},
        origin=row.origin,
    )
