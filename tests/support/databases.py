"""A PostgreSQL database lent to one test after another: to make one takes the server a tenth of a second, to empty it a
hundredth of that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import servers
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from brainrank.api.db.board_tables import BoardRow
from brainrank.api.db.engine import open_database

# What applications left behind: connections, and whatever they had begun or locked.
END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid != pg_backend_pid()"""
RESTART_COUNTS = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
SCHEMA = """SELECT
    (SELECT array_agg((attrelid, attname, atttypid, attnotnull)::text ORDER BY attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT array_agg(oid ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)"""


class LentDatabase:
    """A database at the newest schema, which each test finds as the migrations leave it."""

    def __init__(self, address: str) -> None:
        open_database(address).dispose()
        self._engine: Engine = create_engine(address, poolclass=NullPool)
        self._address = address
        with self._engine.connect() as connection:
            self._schema = connection.execute(text(SCHEMA)).one()
            # What migrations write belongs to it; today that is their own number alone, which is in no table of ours.
            assert not any(_counts(connection).values()), _counts(connection)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Its address, for one test. Raises AssertionError when the schema was changed: use `postgresql` for that."""
        yield self._address
        with self._engine.begin() as connection:
            connection.execute(text(END_OTHERS))
            for table in reversed(BoardRow.metadata.sorted_tables):
                connection.execute(table.delete())
            connection.execute(text(RESTART_COUNTS))
            assert connection.execute(text(SCHEMA)).one() == self._schema


def _counts(connection: Connection) -> dict[str, int]:
    names = BoardRow.metadata.tables
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


@contextmanager
def lent_database(server: str) -> Iterator[LentDatabase]:
    """One on a server, removed at the end."""
    with servers.database(server) as address:
        yield LentDatabase(address)
