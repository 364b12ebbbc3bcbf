"""Fixtures every test may use; what one of them needs is imported by it alone: a test of a metric needs no service."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from parallel import pytest_collection_modifyitems as pytest_collection_modifyitems

from brainrank.benchmark.types.locations import Locations

if TYPE_CHECKING:
    from databases import LentDatabase

# Boards of tests begin empty; tests/api/services/home/test_published_results.py has what comes with brainrank.
os.environ["BRAINRANK_PUBLISHED_RESULTS"] = "no"


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of upstream files; tests that need it skip where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data" / "mirror"
    folder = Path(os.environ.get("BRAINRANK_MIRROR") or default)
    if not folder.is_dir():
        pytest.skip(f"needs the mirror of upstream data files, absent at {folder} (set BRAINRANK_MIRROR)")
    return folder


@pytest.fixture(scope="session")
def locations(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Locations:
    """A home for the whole session, so that stimuli are unpacked and activations extracted once."""
    return Locations(home=tmp_path_factory.mktemp("home"), mirror=mirror)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server; tests that need it skip, with the reason, where none can be had."""
    import servers

    try:
        with servers.postgresql() as address:
            yield address
    except servers.MissingServerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 bucket."""
    import servers

    with servers.s3() as address:
        yield address


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of an empty database, without a schema: `migrated_url` is a hundred times as quick."""
    import servers

    with servers.database(postgresql_server) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn, for tests of what migrates or empties one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database at the newest schema, to be copied: migrations take longer than most tests."""
    from brainrank.api.db.engine import open_database

    path = tmp_path_factory.mktemp("migrated") / "brainrank.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session")
def lent_database(postgresql_server: str) -> Iterator["LentDatabase"]:
    """A PostgreSQL database at the newest schema, emptied after each test that had it."""
    import databases

    with databases.lent_database(postgresql_server) as lent:
        yield lent


@pytest.fixture
def migrated_sqlite(tmp_path: Path, migrated_file: Path) -> str:
    """The address of an SQLite database at the newest schema with nothing in it."""
    path = tmp_path / "migrated.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database at the newest schema with nothing in it, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("migrated_sqlite")
        return
    lent: LentDatabase = request.getfixturevalue("lent_database")
    with lent.lend() as address:
        yield address


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis; tests that need it skip, with the reason, where none can be had."""
    import servers

    try:
        with servers.redis_server() as address:
            yield address
    except servers.MissingServerError as error:
        pytest.skip(str(error))
