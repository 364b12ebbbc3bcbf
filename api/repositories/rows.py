"""What repositories have in common."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brainrank.api.db.tables import Base


def add_unless_there(session: Session, table: type[Base], values: Mapping[str, Any]) -> None:
    """Insert a row; do nothing where its keys are taken, even by a transaction of the same moment."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table).values(**values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(table).values(**values).on_conflict_do_nothing())
