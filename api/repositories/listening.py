"""Which workers listen: to which queue, with which store of activations, and when they were last heard."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brainrank.api.db.board_tables import ListeningRow
from brainrank.api.repositories.rows import insert_unless_there


def say(session: Session, queue: str, store: str, *, every: timedelta, now: datetime) -> None:
    """Say that a worker listens to a queue and has this store; unless one has said so within `every`."""
    here = (ListeningRow.queue == queue, ListeningRow.store == store)
    heard_at = session.scalars(select(ListeningRow.heard_at).where(*here)).first()
    if heard_at is None:
        values = {"queue": queue, "store": store, "heard_at": now}
        session.execute(insert_unless_there(session, ListeningRow, values))
    elif not now - every < heard_at <= now + every:
        session.execute(update(ListeningRow).where(*here, ListeningRow.heard_at == heard_at).values(heard_at=now))


def is_heard(session: Session, queue: str, store: str | None, *, since: datetime) -> bool:
    """Whether a worker of a queue, with this store or (None) any, was heard since then."""
    query = select(ListeningRow.queue).where(ListeningRow.queue == queue, ListeningRow.heard_at >= since)
    if store is not None:
        query = query.where(ListeningRow.store == store)
    return session.scalars(query.limit(1)).first() is not None
