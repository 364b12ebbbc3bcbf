"""Uploads in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import UploadRow
from brainrank.api.repositories.rows import add_unless_there


def obtain(session: Session, *, owner: str, kind: str, sha256: str, size_bytes: int, now: datetime) -> UploadRow:
    """The owner's upload of this content, announced if it is new."""
    values = {"owner": owner, "kind": kind, "sha256": sha256, "size_bytes": size_bytes, "created_at": now}
    add_unless_there(session, UploadRow, values)
    query = select(UploadRow).where(UploadRow.owner == owner, UploadRow.sha256 == sha256, UploadRow.kind == kind)
    return session.scalars(query).one()


def find(session: Session, number: int) -> UploadRow | None:
    """The upload of that number."""
    return session.get(UploadRow, number)


def find_ready(session: Session, *, owner: str, sha256: str) -> UploadRow | None:
    """The owner's upload of this content, whole and checked."""
    mine = (UploadRow.owner == owner, UploadRow.sha256 == sha256, UploadRow.ready_at.is_not(None))
    return session.scalars(select(UploadRow).where(*mine).order_by(UploadRow.id)).first()


def mark_ready(session: Session, number: int, *, now: datetime) -> None:
    """Say that an upload is whole and its content good."""
    session.execute(update(UploadRow).where(UploadRow.id == number).values(ready_at=now))


def remove(session: Session, number: int) -> None:
    """Forget an upload."""
    session.execute(delete(UploadRow).where(UploadRow.id == number))


def unfinished(session: Session, owner: str, *, before: datetime) -> Sequence[int]:
    """The owner's uploads that were announced before then and never became whole."""
    old = (UploadRow.owner == owner, UploadRow.ready_at.is_(None), UploadRow.created_at < before)
    return session.scalars(select(UploadRow.id).where(*old)).all()


def total_bytes(session: Session, owner: str) -> int:
    """How much an owner's uploads take, announced ones included."""
    return session.scalars(
        select(func.coalesce(func.sum(UploadRow.size_bytes), 0)).where(UploadRow.owner == owner)
    ).one()
