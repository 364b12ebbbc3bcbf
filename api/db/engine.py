"""The database connection: an engine at the newest schema, and transactions on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from brainrank.benchmark.types.errors import StorageError, UserError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> Engine:
    """Connect to the database and bring its schema up to date.

    Raises UserError for an address that is none, StorageError when the database cannot be reached or written.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, hide_parameters=True)  # errors are logged; what was asked for is not
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UserError(
            f"BRAINRANK_DATABASE_URL is no database address this installation can open ({error}); "
            "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        ) from error
    try:
        if parsed.get_backend_name() == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _configure_sqlite)
        _upgrade(engine)
    except (OperationalError, OSError) as error:
        reason = error.orig if isinstance(error, OperationalError) else error.strerror
        raise StorageError(
            f"Cannot open the database {parsed.render_as_string(hide_password=True)} ({reason}); "
            "check BRAINRANK_DATABASE_URL, or BRAINRANK_HOME for the default one"
        ) from error
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

        command.upgrade(migrations_config(engine), "head")


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
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise StorageError(f"Cannot use the database {where} ({error.orig}); nothing was changed in it") from error
