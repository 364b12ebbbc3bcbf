"""Parts of runs that workers share: who works on which, and what came out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import ModelRow, RunPartRow, RunRow
from brainrank.api.repositories.models import spec_of
from brainrank.api.repositories.queue import Lease
from brainrank.api.repositories.statuses import WORKING
from brainrank.benchmark.types.model_spec import ModelSpec


class Part(NamedTuple):
    """A layer, by its key in the activations store, and a block of targets, for the code of one version."""

    number: int
    code_version: str
    gram: str
    first_target: int
    end_target: int


_COLUMNS = (
    RunPartRow.number,
    RunPartRow.code_version,
    RunPartRow.gram,
    RunPartRow.first_target,
    RunPartRow.end_target,
)


class HeldPart(NamedTuple):
    """A part that the caller has taken, and the benchmark of its run."""

    part: Part
    benchmark: str


class SharedRun(NamedTuple):
    """A run with parts that are not done, and what it scores: whoever helps must have the code that it is scored by."""

    run_id: int
    spec: ModelSpec
    benchmark: str


def find_shared(session: Session, run_id: int) -> SharedRun | None:
    """A run at work that others can help with; None for any other."""
    waits = select(RunPartRow.number).where(RunPartRow.run_id == run_id, RunPartRow.result.is_(None)).exists()
    query = select(ModelRow, RunRow.benchmark).join(ModelRow, ModelRow.id == RunRow.model_id)
    found = session.execute(query.where(RunRow.id == run_id, RunRow.status.in_(WORKING), waits)).first()
    return None if found is None else SharedRun(run_id, spec_of(found[0]), found[1])


def lay_out(session: Session, run_id: int, parts: Sequence[Part]) -> None:
    """Record a run's parts; where a worker that was lost recorded the same ones, what is done of them stays done."""
    known = session.execute(select(*_COLUMNS).where(RunPartRow.run_id == run_id).order_by(RunPartRow.number))
    if [Part(*row) for row in known] == list(parts):
        return
    session.execute(delete(RunPartRow).where(RunPartRow.run_id == run_id))
    session.add_all(RunPartRow(run_id=run_id, **part._asdict()) for part in parts)


def claim(session: Session, run_id: int, code_version: str, lease: Lease, *, now: datetime) -> HeldPart | None:
    """Take the first part that nobody works on, of a run at work; None when there is none to take."""
    free = and_(
        RunPartRow.run_id == run_id,
        RunPartRow.code_version == code_version,
        RunPartRow.result.is_(None),
        or_(RunPartRow.lease_expires_at.is_(None), RunPartRow.lease_expires_at < now),
    )
    at_work = and_(RunRow.status.in_(WORKING), RunRow.cancel_requested.is_(False))
    of_run = select(RunRow.benchmark, *_COLUMNS).join(RunRow, RunRow.id == RunPartRow.run_id)
    held = {"lease_owner": lease.owner, "lease_expires_at": lease.expires_at}
    for row in session.execute(of_run.where(free, at_work).order_by(RunPartRow.number)).all():
        part = Part(row.number, row.code_version, row.gram, row.first_target, row.end_target)
        mine = update(RunPartRow).where(free, RunPartRow.number == part.number).values(held)
        query = mine.returning(RunPartRow.number).execution_options(synchronize_session=False)
        if session.scalars(query).first() is not None:
            return HeldPart(part, row.benchmark)
    return None


def renew(session: Session, run_id: int, number: int, lease: Lease) -> None:
    """Hold a part for longer."""
    _change(session, run_id, number, lease.owner, {"lease_expires_at": lease.expires_at})


def release(session: Session, run_id: int, number: int, owner: str) -> None:
    """Let somebody else take a part."""
    _change(session, run_id, number, owner, {"lease_owner": None, "lease_expires_at": None})


def finish(session: Session, run_id: int, part: Part, result: bytes) -> None:
    """Record what a part came to: the same whoever found it, so that a lease that ran out is no matter."""
    this = update(RunPartRow).where(RunPartRow.run_id == run_id, tuple_(*_COLUMNS) == tuple(part))
    session.execute(this.values(result=result, lease_owner=None, lease_expires_at=None))


def count_done(session: Session, run_id: int) -> int:
    """How many of a run's parts have come to a result."""
    done = select(func.count()).where(RunPartRow.run_id == run_id, RunPartRow.result.is_not(None))
    return session.scalars(done).one()


def results(session: Session, run_id: int) -> Sequence[bytes]:
    """What a run's parts came to, in order."""
    done = select(RunPartRow.result).where(RunPartRow.run_id == run_id, RunPartRow.result.is_not(None))
    return [result for result in session.scalars(done.order_by(RunPartRow.number)) if result is not None]


def holders(session: Session, run_id: int) -> Sequence[tuple[int, str]]:
    """The parts of a run that somebody works on, and who."""
    held = select(RunPartRow.number, RunPartRow.lease_owner)
    rows = session.execute(held.where(RunPartRow.run_id == run_id, RunPartRow.lease_owner.is_not(None)))
    return [(number, owner) for number, owner in rows if owner is not None]


def expire(session: Session, run_id: int, number: int, owner: str, *, now: datetime) -> None:
    """End the lease of a holder that is known to be gone."""
    _change(session, run_id, number, owner, {"lease_expires_at": now - timedelta(seconds=1)})


def _change(session: Session, run_id: int, number: int, owner: str, values: dict[str, object]) -> None:
    held = (RunPartRow.run_id == run_id, RunPartRow.number == number, RunPartRow.lease_owner == owner)
    session.execute(update(RunPartRow).where(*held).values(values))
