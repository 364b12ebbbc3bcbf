"""What repositories have in common."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brainrank.api.db.base import Base
from brainrank.api.db.board_tables import BoardRow
from brainrank.api.db.tables import ModelRow, SubmissionRow, UploadRow

HasNumber = BoardRow | ModelRow | SubmissionRow | UploadRow


def add_unless_there(session: Session, table: type[HasNumber], values: Mapping[str, Any]) -> int | None:
    """Insert a row and return its number; None where its keys are taken, even by a transaction of the same moment."""
    return session.scalars(insert_unless_there(session, table, values).returning(table.id)).first()


def insert_unless_there(
    session: Session, table: type[Base], values: Mapping[str, Any]
) -> postgresql.Insert | sqlite.Insert:
    """The statement that inserts a row unless its keys are taken."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).values(**values).on_conflict_do_nothing()
    return sqlite.insert(table).values(**values).on_conflict_do_nothing()
