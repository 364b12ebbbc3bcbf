"""When somebody last looked for what was left behind, and whose turn it is now."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brainrank.api.db.board_tables import SweepRow
from brainrank.api.repositories.rows import insert_unless_there

ONLY = 1


def take_turn(session: Session, *, every: timedelta, now: datetime) -> bool:
    """Whether the caller is the one to sweep: of all who ask within an interval, the first.

    A time in the future, left by a clock that has been set back since, takes nobody's turn.
    """
    session.execute(insert_unless_there(session, SweepRow, {"id": ONLY, "swept_at": now - 2 * every}))
    due = (SweepRow.swept_at <= now - every) | (SweepRow.swept_at > now + every)
    taken = update(SweepRow).where(SweepRow.id == ONLY, due).values(swept_at=now).returning(SweepRow.id)
    return session.scalars(taken.execution_options(synchronize_session=False)).first() is not None


def last(session: Session) -> datetime | None:
    """When the last sweep was; None before the first."""
    return session.scalars(select(SweepRow.swept_at).where(SweepRow.id == ONLY)).first()
