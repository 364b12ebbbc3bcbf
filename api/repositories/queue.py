"""The record of work: which runs wait, who holds one and until when. The broker is only a signal to look here.

Every change of a run at work is conditional on its lease, so that a worker which lost its run changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from brainrank.api.db.tables import ModelRow, RunEventRow, RunPartRow, RunRow
from brainrank.api.repositories.models import spec_of
from brainrank.api.repositories.runs import add_score
from brainrank.api.repositories.statuses import EXTRACTING, WORKING, Status
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.text import storable

if TYPE_CHECKING:
    from brainrank.benchmark.scoring.run import RunResult

GPU, CPU = "gpu", "cpu"
STAGE, MESSAGE, TRACEBACK = "stage", "message", "traceback"
LONGEST_CLASS = 100  # the column's


class Lease(NamedTuple):
    """Who holds a run, and until when."""

    owner: str
    expires_at: datetime


class ClaimedRun(NamedTuple):
    """A run that is the caller's until its lease runs out; `attempts` counts this claim.

    `extracted` is what was extracted of it before, for this worker to score.
    """

    run_id: int
    spec: ModelSpec
    benchmark: str
    benchmark_version: int
    attempts: int
    queue: str
    extracted: Mapping[str, Any] | None


class WaitingRun(NamedTuple):
    """A run that waits, and the queue whose workers can work on it."""

    run_id: int
    queue: str


def claim(session: Session, run_id: int, lease: Lease, *, now: datetime) -> ClaimedRun | None:
    """Take a run that waits and is due, or whose holder's lease ran out; None when there is nothing to take."""
    taken = session.execute(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.cancel_requested.is_(False), or_(*_claimable(now=now)))
        .values(
            status=Status.RESOLVING,
            lease_owner=lease.owner,
            lease_expires_at=lease.expires_at,
            attempts=RunRow.attempts + 1,
            due_at=None,
            waits_for=None,
            progress=None,
        )
        .returning(
            RunRow.model_id,
            RunRow.benchmark,
            RunRow.benchmark_version,
            RunRow.attempts,
            RunRow.queue,
            RunRow.extracted,
        )
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        return None
    came_to(session, [run_id], Status.RESOLVING, now=now)
    model = session.get_one(ModelRow, taken.model_id)
    return ClaimedRun(
        run_id,
        spec_of(model),
        taken.benchmark,
        taken.benchmark_version,
        taken.attempts,
        taken.queue or CPU,
        taken.extracted,
    )


def oldest(session: Session, queue: str, *, now: datetime) -> int | None:
    """The run that has waited longest of those that can be had from a queue; None when there is none.

    It is the caller's to claim until the transaction ends: of many who ask at once each finds another (PostgreSQL).
    """
    found = [
        session.execute(_of_queue(queue, can_be_had).limit(1).with_for_update(skip_locked=True)).scalar()
        for can_be_had in _claimable(now=now)
    ]
    return min((each for each in found if each is not None), default=None)


def count_claimable(session: Session, queue: str, *, most: int, now: datetime) -> int:
    """How many runs can be had from a queue, counted up to `most`: a day's backlog is not counted through."""
    found = 0
    for can_be_had in _claimable(now=now):
        some = _of_queue(queue, can_be_had).limit(most).subquery()
        found += session.scalars(select(func.count()).select_from(some)).one()
    return min(found, most)


def _of_queue(queue: str, can_be_had: ColumnElement[bool]) -> Select[int]:
    """The longest waiting first.

    Said so, no index but that of waiting runs has their order. Where most runs wait for one queue PostgreSQL would
    go by the runs' numbers otherwise, and read all that are finished each time.
    """
    of_queue = select(RunRow.id).where(RunRow.queue.between(queue, queue), RunRow.cancel_requested.is_(False))
    return of_queue.where(can_be_had).order_by(RunRow.queue, RunRow.id)


def renew(session: Session, run_id: int, lease: Lease) -> bool | None:
    """Hold a run for longer; return whether its cancelling was asked for, None when the lease is lost."""
    return _change(session, run_id, lease.owner, {"lease_expires_at": lease.expires_at})


def show_progress(
    session: Session, run_id: int, owner: str, *, status: Status, progress: Mapping[str, Any]
) -> bool | None:
    """Say how far a run is; returns as `renew`."""
    return _change(session, run_id, owner, {"status": status, "progress": dict(progress)})


def succeed(session: Session, run_id: int, owner: str, result: "RunResult", *, now: datetime) -> bool:
    """Record a run's score with its receipt, once; False when the lease is lost and nothing was recorded."""
    receipt = result.receipt
    values = {
        "receipt": receipt.content,
        "seconds": result.seconds._asdict(),
        "code_version": receipt.code_version,
        "extracted": None,
    }
    if not _finish(session, run_id, owner, Status.SUCCEEDED, values, now=now):
        return False
    add_score(session, run_id, result.score)
    return True


def fail(session: Session, run_id: int, owner: str, *, error_class: str, error: str, now: datetime) -> bool:
    """Record that a run failed, and why; False when the lease is lost."""
    return _finish(session, run_id, owner, Status.FAILED, _stored_failure(error_class, error), now=now)


def _stored_failure(error_class: str, error: str) -> dict[str, str]:
    """A failure as every database can hold it, whatever a library put into its message."""
    return {"error_class": error_class[:LONGEST_CLASS], "error": storable(error)}


def record_cancelled(session: Session, run_id: int, owner: str, *, now: datetime) -> bool:
    """Record that a run was stopped on demand; False when the lease is lost."""
    return _finish(session, run_id, owner, Status.CANCELLED, {}, now=now)


def put_back(session: Session, run_id: int, owner: str, *, due_at: datetime, now: datetime, tried: bool = True) -> bool:
    """Let a run wait until `due_at`; False when the lease is lost. Unless it was `tried`, no attempt is counted."""
    return _let_wait(session, run_id, owner, {"due_at": due_at}, now=now, tried=tried)


def hand_over(session: Session, run_id: int, owner: str, extracted: Mapping[str, Any], *, now: datetime) -> bool:
    """Let a run wait for a worker of the queue cpu to score what was extracted; False when the lease is lost."""
    values = {"queue": CPU, "extracted": dict(extracted), "due_at": None}
    return _let_wait(session, run_id, owner, values, now=now, tried=False)


def hand_back(session: Session, run_id: int, owner: str, *, due_at: datetime, now: datetime) -> bool:
    """Let a run wait to be extracted anew, by a worker of the queue gpu; False when the lease is lost."""
    values = {"queue": GPU, "extracted": None, "due_at": due_at}
    return _let_wait(session, run_id, owner, values, now=now, tried=True)


def wait_behind(
    session: Session, run_id: int, owner: str, computing: int, *, at_most: timedelta, now: datetime
) -> bool:
    """Let a run wait until `wake` finds that the run `computing` has extracted; False when the lease is lost.

    It is due after `at_most` whatever becomes of that one. No attempt is counted.
    """
    return _let_wait(session, run_id, owner, {"due_at": now + at_most, "waits_for": computing}, now=now, tried=False)


def wake(session: Session, *, now: datetime) -> None:
    """Let those be due that wait behind runs which have left their extraction, whatever became of them.

    Nobody waits here for a row that another changes, such as a cancelling of many; the next look finds it.
    """
    other = aliased(RunRow)
    goes_on = select(other.id).where(other.id == RunRow.waits_for, other.status.in_(EXTRACTING)).exists()
    behind = select(RunRow.id).where(RunRow.waits_for.is_not(None), RunRow.status == Status.QUEUED, ~goes_on)
    found = session.scalars(behind.with_for_update(skip_locked=True)).all()
    if found:
        session.execute(update(RunRow).where(RunRow.id.in_(found)).values(due_at=now, waits_for=None))


def find_extracting(session: Session, holder: str) -> int | None:
    """The run that a process, `HOST:NUMBER`, holds and has not begun to score; None when there is none."""
    held = RunRow.lease_owner.startswith(f"{holder}:", autoescape=True)
    return session.scalars(select(RunRow.id).where(RunRow.status.in_(EXTRACTING), held).limit(1)).first()


def recall(session: Session) -> None:
    """Let what was handed over and waits be scored by the queue gpu: nobody listens to the queue cpu."""
    waits = (RunRow.status == Status.QUEUED, RunRow.queue == CPU, RunRow.extracted.is_not(None))
    session.execute(update(RunRow).where(*waits).values(queue=GPU))


def _let_wait(
    session: Session, run_id: int, owner: str, values: Mapping[str, Any], *, now: datetime, tried: bool
) -> bool:
    ended: dict[str, Any] = {"status": Status.QUEUED, "lease_owner": None, "lease_expires_at": None}
    if not tried:
        ended |= {"attempts": RunRow.attempts - 1, "progress": None}
    if _change(session, run_id, owner, {**ended, **values}) is None:
        return False
    came_to(session, [run_id], Status.QUEUED, now=now)
    return True


def expire(session: Session, run_id: int, owner: str, *, now: datetime) -> None:
    """End the lease of a holder that is known to be gone."""
    _change(session, run_id, owner, {"lease_expires_at": now - timedelta(seconds=1)})


def holders(session: Session, host: str) -> Sequence[tuple[int, str]]:
    """The runs at work that processes of this host hold, and which."""
    held = (RunRow.status.in_(WORKING), RunRow.lease_owner.startswith(f"{host}:", autoescape=True))
    rows = session.execute(select(RunRow.id, RunRow.lease_owner).where(*held))
    return [(row.id, row.lease_owner) for row in rows if row.lease_owner is not None]


def stop_left_behind(session: Session, *, now: datetime) -> None:
    """Record as stopped what was to be stopped when its holder was lost."""
    stopped = session.scalars(
        update(RunRow)
        .where(RunRow.status.in_(WORKING), RunRow.lease_expires_at < now, RunRow.cancel_requested)
        .values(status=Status.CANCELLED, finished_at=now, lease_owner=None, lease_expires_at=None, progress=None)
        .returning(RunRow.id)
    ).all()
    session.execute(delete(RunPartRow).where(RunPartRow.run_id.in_(stopped)))
    came_to(session, stopped, Status.CANCELLED, now=now)


def add_event(session: Session, run_id: int, kind: str, text: str, *, now: datetime) -> None:
    """Add a line to a run's log."""
    session.add(RunEventRow(run_id=run_id, at=now, kind=kind, text=storable(text)))


def came_to(session: Session, run_ids: Sequence[int], stage: Status, *, now: datetime) -> None:
    """Add a line to each of these runs' logs: the stage they came to."""
    if run_ids:
        lines = [{"run_id": run_id, "at": now, "kind": STAGE, "text": stage} for run_id in run_ids]
        session.execute(insert(RunEventRow), lines)


def _claimable(*, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Which runs can be had: those that wait and are due, and those whose holder's lease ran out."""
    waits = and_(RunRow.status == Status.QUEUED, or_(RunRow.due_at.is_(None), RunRow.due_at <= now))
    return waits, and_(RunRow.status.in_(WORKING), RunRow.lease_expires_at < now)


def _finish(
    session: Session, run_id: int, owner: str, status: Status, values: Mapping[str, Any], *, now: datetime
) -> bool:
    ended = {"status": status, "finished_at": now, "lease_owner": None, "lease_expires_at": None, "progress": None}
    if _change(session, run_id, owner, {**ended, **values}) is None:
        return False
    session.execute(delete(RunPartRow).where(RunPartRow.run_id == run_id))
    came_to(session, [run_id], status, now=now)
    return True


def _change(session: Session, run_id: int, owner: str, values: Mapping[str, Any]) -> bool | None:
    """Change a run that `owner` holds; return whether cancelling was asked for, None when it holds it no more."""
    return session.scalars(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.lease_owner == owner, RunRow.status.in_(WORKING))
        .values(dict(values))
        .returning(RunRow.cancel_requested)
        .execution_options(synchronize_session=False)
    ).first()
