"""Tokens in the database, found by the sha256 of what their holder keeps."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import TokenRow


def add(
    session: Session,
    *,
    owner: str,
    sha256: str,
    scope: str,
    runs_a_day: int,
    requests_a_minute: int,
    created_at: datetime,
    expires_at: datetime | None,
) -> int:
    """Record a token; return its number."""
    row = TokenRow(
        owner=owner,
        sha256=sha256,
        scope=scope,
        runs_a_day=runs_a_day,
        requests_a_minute=requests_a_minute,
        created_at=created_at,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, sha256: str) -> TokenRow | None:
    """The token of that sha256, whatever became of it."""
    return session.scalars(select(TokenRow).where(TokenRow.sha256 == sha256)).first()


def every(session: Session) -> Sequence[TokenRow]:
    """All tokens, the newest last."""
    return session.scalars(select(TokenRow).order_by(TokenRow.id)).all()


def revoke(session: Session, number: int, *, now: datetime) -> bool:
    """Revoke a token; False when there is none of that number that is still good."""
    changed = session.scalars(
        update(TokenRow)
        .where(TokenRow.id == number, TokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(TokenRow.id)
    )
    return changed.first() is not None
