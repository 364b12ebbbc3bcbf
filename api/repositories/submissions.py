"""Submissions and their runs in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from brainrank.api.db.tables import RunEventRow, RunRow, SubmissionRow
from brainrank.api.repositories import changes, queue
from brainrank.api.repositories.models import model_row, spec_of
from brainrank.api.repositories.rows import add_unless_there
from brainrank.api.repositories.statuses import WORKING, Status
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.model_spec import ModelSpec


@dataclass(frozen=True)
class RunState:
    """Where a run of a submission is. `stages` are the stages it came to, with their times, in order."""

    run_id: int
    benchmark: str
    benchmark_version: int
    queue: str
    status: Status
    created_at: datetime
    stages: Sequence[tuple[str, datetime]]
    attempts: int = 0
    due_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Mapping[str, Any] | None = None
    error_class: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Submission:
    """Who asked for which model, who may see it, and its runs, one per benchmark.

    `model_owner` is whose the model's name is; empty where it is nobody's.
    """

    number: int
    owner: str
    spec: ModelSpec
    model_owner: str
    public: bool
    note: str
    created_at: datetime
    request_sha256: str
    runs: Sequence[RunState]


class NewSubmission(NamedTuple):
    """What a submission is made of; a benchmark comes with the queue its run waits in."""

    owner: str
    spec: ModelSpec
    benchmarks: Sequence[Benchmark]
    queue: str
    public: bool
    note: str
    idempotency_key: str | None
    request_sha256: str


class Event(NamedTuple):
    """A line of a run's log."""

    number: int
    run_id: int
    at: datetime
    kind: str
    text: str


class RunMark(NamedTuple):
    """What changes with everything there is to tell of a run."""

    status: str
    progress: str
    lines: int
    last_line: int


def add(session: Session, new: NewSubmission, *, model_owner: str, now: datetime) -> Submission | None:
    """Record a submission with its runs; None when its owner has used the idempotency key before."""
    values = {
        "owner": new.owner,
        "model_id": model_row(session, new.spec, owner=model_owner).id,
        "public": new.public,
        "note": new.note,
        "idempotency_key": new.idempotency_key,
        "request_sha256": new.request_sha256,
        "created_at": now,
    }
    number = add_unless_there(session, SubmissionRow, values)
    if number is None:
        return None
    runs = {
        "model_id": values["model_id"],
        "submission_id": number,
        "public": new.public,
        "queue": new.queue,
        "status": Status.QUEUED,
        "created_at": now,
    }
    rows = [{**runs, "benchmark": each.name, "benchmark_version": each.version} for each in new.benchmarks]
    # A statement of many rows: an object for each row takes several times as long, and some submit to a hundred.
    made = insert(RunRow).returning(RunRow.id, sort_by_parameter_order=True)
    run_ids = session.scalars(made, rows).all() if rows else []
    queue.came_to(session, run_ids, Status.QUEUED, now=now)
    return Submission(
        number=number,
        owner=new.owner,
        spec=new.spec,
        model_owner=model_owner,
        public=new.public,
        note=new.note,
        created_at=now,
        request_sha256=new.request_sha256,
        runs=[
            RunState(
                run_id=run_id,
                benchmark=benchmark.name,
                benchmark_version=benchmark.version,
                queue=new.queue,
                status=Status.QUEUED,
                created_at=now,
                stages=[(Status.QUEUED, now)],
            )
            for run_id, benchmark in zip(run_ids, new.benchmarks, strict=True)
        ],
    )


def find(session: Session, number: int) -> Submission | None:
    """The submission of that number."""
    found = _submissions(session, SubmissionRow.id == number, limit=1)
    return found[0] if found else None


def find_by_key(session: Session, owner: str, key: str) -> Submission | None:
    """The submission that its owner made under an idempotency key."""
    found = _submissions(session, SubmissionRow.owner == owner, SubmissionRow.idempotency_key == key, limit=1)
    return found[0] if found else None


def newest(
    session: Session, *, visible_to: str | None, owner: str | None, before: int | None, limit: int
) -> Sequence[Submission]:
    """The newest submissions numbered below `before`: those of `owner`, public ones, and all of `visible_to`'s."""
    conditions: list[ColumnElement[bool]] = []
    if visible_to is not None:
        conditions.append(or_(SubmissionRow.public, SubmissionRow.owner == visible_to))
    if owner is not None:
        conditions.append(SubmissionRow.owner == owner)
    if before is not None:
        conditions.append(SubmissionRow.id < before)
    return _submissions(session, *conditions, limit=limit)


def count_runs_since(session: Session, owner: str, since: datetime) -> int:
    """How many runs an owner's submissions since then have."""
    query = (
        select(func.count())
        .select_from(RunRow)
        .join(SubmissionRow, SubmissionRow.id == RunRow.submission_id)
        .where(SubmissionRow.owner == owner, SubmissionRow.created_at >= since)
    )
    return session.scalars(query).one()


def cancel(session: Session, number: int, *, now: datetime) -> None:
    """Stop what waits, and ask for what is at work to be stopped."""
    stopped = session.scalars(
        update(RunRow)
        .where(RunRow.submission_id == number, RunRow.status == Status.QUEUED)
        .values(status=Status.CANCELLED, finished_at=now)
        .returning(RunRow.id)
    ).all()
    queue.came_to(session, stopped, Status.CANCELLED, now=now)
    at_work = (RunRow.submission_id == number, RunRow.status.in_(WORKING))
    session.execute(update(RunRow).where(*at_work).values(cancel_requested=True))


def retry(session: Session, number: int, *, now: datetime) -> Sequence[int]:
    """Let the failed and cancelled runs wait again, as if new; their logs stay. Returns their numbers."""
    again = session.scalars(
        update(RunRow)
        .where(RunRow.submission_id == number, RunRow.status.in_((Status.FAILED, Status.CANCELLED)))
        .values(
            status=Status.QUEUED,
            attempts=0,
            cancel_requested=False,
            finished_at=None,
            due_at=None,
            error=None,
            error_class=None,
        )
        .returning(RunRow.id)
    ).all()
    queue.came_to(session, again, Status.QUEUED, now=now)
    return again


def set_public(session: Session, number: int, *, public: bool) -> None:
    """Show a submission and its scores to everybody, or to its owner alone."""
    session.execute(update(SubmissionRow).where(SubmissionRow.id == number).values(public=public))
    session.execute(update(RunRow).where(RunRow.submission_id == number).values(public=public))
    changes.count_visibility_change(session, number, public=public)


def events(session: Session, run_ids: Sequence[int], *, after: int = 0, limit: int | None = 1000) -> Sequence[Event]:
    """The lines of these runs' logs after the one numbered `after`, in order."""
    query = (
        select(RunEventRow)
        .where(RunEventRow.run_id.in_(run_ids), RunEventRow.id > after)
        .order_by(RunEventRow.id)
        .limit(limit)
    )
    return [Event(row.id, row.run_id, row.at, row.kind, row.text) for row in session.scalars(query)]


def marks(session: Session, run_ids: Sequence[int]) -> dict[int, RunMark]:
    """A mark of each of these runs."""
    lines = select(RunEventRow.run_id, func.count(), func.max(RunEventRow.id)).group_by(RunEventRow.run_id)
    logs = {row[0]: (row[1], row[2]) for row in session.execute(lines.where(RunEventRow.run_id.in_(run_ids)))}
    states = select(RunRow.id, RunRow.status, RunRow.progress).where(RunRow.id.in_(run_ids))
    return {
        row.id: RunMark(row.status, str(row.progress), *logs.get(row.id, (0, 0))) for row in session.execute(states)
    }


def _submissions(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Submission]:
    query = (
        select(SubmissionRow)
        .where(*conditions)
        .order_by(SubmissionRow.id.desc())
        .limit(limit)
        .options(joinedload(SubmissionRow.model), selectinload(SubmissionRow.runs))
        .execution_options(populate_existing=True)
    )
    rows = session.scalars(query).all()
    stages: dict[int, list[tuple[str, datetime]]] = {}
    runs = [run.id for row in rows for run in row.runs]
    entered = select(RunEventRow).where(RunEventRow.run_id.in_(runs), RunEventRow.kind == queue.STAGE)
    for event in session.scalars(entered.order_by(RunEventRow.id)):
        stages.setdefault(event.run_id, []).append((event.text, event.at))
    return [_submission(row, stages) for row in rows]


def _submission(row: SubmissionRow, stages: Mapping[int, Sequence[tuple[str, datetime]]]) -> Submission:
    return Submission(
        number=row.id,
        owner=row.owner,
        spec=spec_of(row.model),
        model_owner=row.model.owner,
        public=row.public,
        note=row.note,
        created_at=row.created_at,
        request_sha256=row.request_sha256,
        runs=[_run_state(run, stages.get(run.id, ())) for run in row.runs],
    )


def _run_state(run: RunRow, stages: Sequence[tuple[str, datetime]]) -> RunState:
    return RunState(
        run_id=run.id,
        benchmark=run.benchmark,
        benchmark_version=run.benchmark_version,
        queue=run.queue or "",
        status=Status(run.status),
        attempts=run.attempts,
        created_at=run.created_at,
        due_at=run.due_at,
        finished_at=run.finished_at,
        progress=run.progress,
        error_class=run.error_class,
        error=run.error,
        stages=stages,
    )
