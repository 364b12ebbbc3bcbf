"""Uploads in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import ModelRow, RunRow, SubmissionRow, UploadRow
from brainrank.api.repositories.rows import add_unless_there
from brainrank.api.repositories.statuses import FINISHED


class Asked(NamedTuple):
    """Which benchmark a run is on, and for whom."""

    owner: str
    benchmark: str
    version: int


def obtain(session: Session, *, owner: str, kind: str, sha256: str, size_bytes: int, now: datetime) -> UploadRow:
    """The owner's upload of this content, announced if it is new."""
    values = {"owner": owner, "kind": kind, "sha256": sha256, "size_bytes": size_bytes, "created_at": now}
    add_unless_there(session, UploadRow, values)
    query = select(UploadRow).where(UploadRow.owner == owner, UploadRow.sha256 == sha256, UploadRow.kind == kind)
    return session.scalars(query).one()


def find(session: Session, number: int) -> UploadRow | None:
    """The upload of that number."""
    return session.get(UploadRow, number)


def find_ready(session: Session, *, owner: str, sha256: str, kinds: Sequence[str]) -> UploadRow | None:
    """The owner's upload of this content, whole and checked; held until the transaction ends, so that it stays."""
    mine = (UploadRow.owner == owner, UploadRow.sha256 == sha256, UploadRow.kind.in_(kinds))
    query = select(UploadRow).where(*mine, UploadRow.ready_at.is_not(None)).order_by(UploadRow.id)
    return session.scalars(query.with_for_update(read=True)).first()


def of_owner(session: Session, owner: str) -> Sequence[UploadRow]:
    """An owner's uploads, the newest first."""
    return session.scalars(select(UploadRow).where(UploadRow.owner == owner).order_by(UploadRow.id.desc())).all()


def packages(session: Session, owner: str) -> Sequence[UploadRow]:
    """An owner's packages that are ready, the newest first; held as of `find_ready`."""
    mine = (UploadRow.owner == owner, UploadRow.contents.is_not(None), UploadRow.ready_at.is_not(None))
    query = select(UploadRow).where(*mine).order_by(UploadRow.id.desc())
    return session.scalars(query.with_for_update(read=True)).all()


def hold(session: Session, number: int) -> UploadRow | None:
    """The upload of that number, which nobody else can begin to use until the transaction ends."""
    return session.scalars(select(UploadRow).where(UploadRow.id == number).with_for_update()).first()


def runs_that_need(
    session: Session, row: UploadRow, *, benchmarks: Sequence[str], version: int | None
) -> Sequence[int]:
    """The unfinished runs of an upload's owner on a model that it is, or on these benchmarks, which it declares."""
    of_model = ModelRow.spec["weights"]["sha256"].as_string() == row.sha256
    on_package = and_(RunRow.benchmark.in_(benchmarks), RunRow.benchmark_version == version)
    query = (
        select(RunRow.id)
        .join(SubmissionRow, SubmissionRow.id == RunRow.submission_id)
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .where(SubmissionRow.owner == row.owner, RunRow.status.not_in(FINISHED), or_(of_model, on_package))
    )
    return session.scalars(query.order_by(RunRow.id)).all()


def request_of(session: Session, run_id: int) -> Asked | None:
    """What a submitted run asks for; None for a run of the command line."""
    query = (
        select(SubmissionRow.owner, RunRow.benchmark, RunRow.benchmark_version)
        .join(SubmissionRow, SubmissionRow.id == RunRow.submission_id)
        .where(RunRow.id == run_id)
    )
    found = session.execute(query).first()
    return None if found is None else Asked(*found)


def is_kept_for_another(session: Session, row: UploadRow) -> bool:
    """Whether somebody else has sent, or is sending, the same content."""
    same = (UploadRow.sha256 == row.sha256, UploadRow.kind == row.kind, UploadRow.id != row.id)
    return session.scalars(select(UploadRow.id).where(*same).limit(1)).first() is not None


def mark_ready(session: Session, number: int, *, contents: Mapping[str, Any] | None, now: datetime) -> None:
    """Say that an upload is whole and its content good, and what it declares if it is a package."""
    session.execute(update(UploadRow).where(UploadRow.id == number).values(ready_at=now, contents=contents))


def remove(session: Session, number: int) -> None:
    """Forget an upload."""
    session.execute(delete(UploadRow).where(UploadRow.id == number))


def find_unfinished(session: Session, owner: str, *, before: datetime) -> Sequence[int]:
    """The owner's uploads that were announced before then and never became whole."""
    old = (UploadRow.owner == owner, UploadRow.ready_at.is_(None), UploadRow.created_at < before)
    return session.scalars(select(UploadRow.id).where(*old)).all()


def total_bytes(session: Session, owner: str) -> int:
    """How much an owner's uploads take, announced ones included."""
    return session.scalars(
        select(func.coalesce(func.sum(UploadRow.size_bytes), 0)).where(UploadRow.owner == owner)
    ).one()
