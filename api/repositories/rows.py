"""What repositories have in common."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brainrank.api.db.tables import BoardRow, ModelRow, SubmissionRow, UploadRow

HasNumber = BoardRow | ModelRow | SubmissionRow | UploadRow


def add_unless_there(session: Session, table: type[HasNumber], values: Mapping[str, Any]) -> int | None:
    """Insert a row and return its number; None where its keys are taken, even by a transaction of the same moment."""
    if session.get_bind().dialect.name == "postgresql":
        on_postgresql = postgresql.insert(table).values(**values).on_conflict_do_nothing()
        return session.scalars(on_postgresql.returning(table.id)).first()
    on_sqlite = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    return session.scalars(on_sqlite.returning(table.id)).first()
