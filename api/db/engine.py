"""The database connection: an engine at the newest schema, and transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from brainrank.api.db import postgresql
from brainrank.benchmark.types.errors import StorageError, UserError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
# As many as there are threads that answer requests: none waits for a connection that another holds for a moment.
MOST_CONNECTIONS = 40
KEPT_CONNECTIONS = 10
# Who gets no connection by then is told to come again.
POOL_TIMEOUT_S = 5.0


def open_database(url: str, *, kept: int = KEPT_CONNECTIONS) -> Engine:
    """Connect to the database and bring its schema up to date; so many connections are `kept` between uses.

    Raises UserError for an address that is none, StorageError when the database cannot be reached or written.
    """
    try:
        parsed = make_url(url)
        engine = _engine(parsed, kept=kept)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UserError(
            f"BRAINRANK_DATABASE_URL is no database address this installation can open ({error}); "
            "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        ) from error
    try:
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        _upgrade(engine)
    except (OperationalError, OSError) as error:
        reason = error.orig if isinstance(error, OperationalError) else error.strerror
        raise StorageError(
            f"Cannot open the database {parsed.render_as_string(hide_password=True)} ({reason}); "
            "check BRAINRANK_DATABASE_URL, or BRAINRANK_HOME for the default one"
        ) from error
    return engine


def _engine(url: URL, *, kept: int, patient: bool = False) -> Engine:
    """An engine, whose errors, which are logged, do not tell what was asked for; a `patient` one waits for ever, as a
    migration of a large table needs.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, **({} if kept else {"poolclass": NullPool}))
        event.listen(engine, "connect", _configure_sqlite)
        return engine
    pool: dict[str, Any] = {
        "pool_size": kept,
        "max_overflow": MOST_CONNECTIONS - kept,
        "pool_timeout": POOL_TIMEOUT_S,
        # The server may have begun anew since a connection was last used.
        "pool_pre_ping": True,
    }
    engine = create_engine(url, hide_parameters=True, **(pool if kept else {"poolclass": NullPool}))
    if engine.dialect.driver == "psycopg":
        postgresql.configure(engine, answer_timeout_s=None if patient else postgresql.ANSWER_TIMEOUT_S)
    return engine


def _configure_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")  # SQLite ignores foreign keys unless told
    cursor.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA busy_timeout = 10000")  # a second writer waits instead of failing
    cursor.close()


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection:
        migrated = inspect(connection).has_table("alembic_version")
        current = connection.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    if current != newest_revision():
        from alembic import command  # a fifth of a second, spared whoever finds the schema up to date

        patient = _engine(engine.url, kept=0, patient=True)
        command.upgrade(migrations_config(patient), "head")
        patient.dispose()


def newest_revision() -> str:
    """The last migration: their files are named by number, which is the revision (a test holds them to it)."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def migrations_config(engine: Engine) -> "Config":
    """Alembic's configuration for this engine; no ini file is needed."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session that is committed when the block ends, and rolled back when it fails.

    Raises StorageError when the database cannot be written (disk full, locked, gone).
    """
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except PoolTimeoutError as error:
        raise StorageError("All connections to the database are in use; try again in a moment") from error
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise StorageError(f"Cannot use the database {where} ({error.orig}); nothing was changed in it") from error
