"""A database as one file, taken while the service works, and put back; by what each kind of database has for it."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect, make_url

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError, StorageError, UserError

SQLITE_MAGIC = b"SQLite format 3\x00"
POSTGRESQL_MAGIC = b"PGDMP"


def back_up(address: str, file: Path) -> None:
    """Write a database to a file, as it is at one moment. Raises UserError, StorageError."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        with written_whole(file) as written:
            _postgresql("pg_dump", ["--format=custom", "--no-owner", _dsn(url)], url, stdout=written.fileno())
        return
    source = _sqlite_file(url)
    if not source.exists():
        raise UserError(f"There is no database at {source}; set BRAINRANK_HOME or BRAINRANK_DATABASE_URL")
    with written_whole(file) as written:
        _copy_sqlite(source, Path(written.name))


def restore(address: str, file: Path) -> None:
    """Make a database what the file holds. Raises UserError where it holds something already, or the file is none."""
    url = make_url(address)
    is_sqlite = url.get_backend_name() == "sqlite"
    _check(file, SQLITE_MAGIC if is_sqlite else POSTGRESQL_MAGIC, "SQLite" if is_sqlite else "PostgreSQL")
    if _holds_something(url):
        raise UserError(
            f"{url.render_as_string(hide_password=True)} holds something already; restore into an empty database, so "
            "that nothing is overwritten"
        )
    if not is_sqlite:
        options = ["--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_dsn(url)}", str(file)]
        _postgresql("pg_restore", options, url)
        return
    target = _sqlite_file(url)
    target.unlink(missing_ok=True)
    with written_whole(target) as written:
        _copy_sqlite(file, Path(written.name))


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        address = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)
            (state,) = written.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise StorageError(f"{source} cannot be copied ({error})") from error
    if state != "ok":
        raise InvalidDataError(f"{source} is damaged ({state})")


def _holds_something(url: URL) -> bool:
    if url.get_backend_name() == "sqlite" and not _sqlite_file(url).exists():
        return False
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names() != []
    finally:
        engine.dispose()


def _check(file: Path, magic: bytes, kind: str) -> None:
    try:
        with file.open("rb") as opened:
            found = opened.read(len(magic))
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}); give a file of brainrank admin backup") from error
    if found != magic:
        raise InvalidDataError(f"{file} is no backup of a {kind} database, which BRAINRANK_DATABASE_URL names")


def _postgresql(program: str, options: list[str], url: URL, *, stdout: int | None = None) -> None:
    found = shutil.which(program)
    if found is None:
        raise UserError(f"{program} is not on the PATH; install PostgreSQL's client programs of the server's version")
    # Not as an option, which everybody on this machine can read.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run([found, *options], stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False)
    if done.returncode:
        raise StorageError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _sqlite_file(url: URL) -> Path:
    return Path(url.database or "")
