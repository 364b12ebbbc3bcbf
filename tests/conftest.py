"""Fixtures every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers

from brainrank.benchmark.types.locations import Locations


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
    try:
        with servers.postgresql() as address:
            yield address
    except servers.MissingServerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 bucket."""
    with servers.s3() as address:
        yield address


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of an empty database."""
    with servers.database(postgresql_server) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis; tests that need it skip, with the reason, where none can be had."""
    try:
        with servers.redis_server() as address:
            yield address
    except servers.MissingServerError as error:
        pytest.skip(str(error))
