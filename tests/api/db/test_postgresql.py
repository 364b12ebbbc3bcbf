"""Connections to a PostgreSQL that begins anew, falls silent, or is left by a client in the middle of something."""

import time
from collections.abc import Iterator

import pytest
import servers
from fire.proxy import Proxy
from sqlalchemy import Engine, text

from brainrank.api.db import engine as engines
from brainrank.api.db import postgresql
from brainrank.api.db.engine import open_database, transaction
from brainrank.benchmark.types.errors import StorageError


@pytest.fixture(scope="module")
def server() -> Iterator[servers.PostgresqlServer]:
    try:
        made = servers.PostgresqlServer()
    except servers.MissingServerError as error:
        pytest.skip(str(error))
    made.start()
    yield made
    made.remove()


@pytest.fixture
def proxy(server: servers.PostgresqlServer) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()


@pytest.fixture
def engine(server: servers.PostgresqlServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(postgresql, "ANSWER_TIMEOUT_S", 1.0)
    monkeypatch.setitem(postgresql.SERVER_SETTINGS, "idle_in_transaction_session_timeout", "1s")
    made = open_database(server.address.replace(str(server.port), str(proxy.port)))
    yield made
    made.dispose()


def ask(engine: Engine) -> int:
    with transaction(engine) as session:
        return int(session.execute(text("SELECT 1")).scalar_one())


def test_pooled_connections_survive_a_restart(engine: Engine, server: servers.PostgresqlServer) -> None:
    assert ask(engine) == 1
    server.crash()
    with pytest.raises(StorageError, match="Cannot use the database"):
        ask(engine)
    server.start()
    assert ask(engine) == 1


def test_a_server_that_falls_silent_is_given_up_and_found_again(engine: Engine, proxy: Proxy) -> None:
    assert ask(engine) == 1
    proxy.silent()
    began = time.monotonic()
    with pytest.raises(StorageError):
        ask(engine)
    assert time.monotonic() - began < 20
    proxy.restore()
    assert ask(engine) == 1


def test_what_a_client_that_was_cut_off_has_locked_is_given_up(engine: Engine, proxy: Proxy) -> None:
    with transaction(engine) as session:
        session.execute(text("INSERT INTO sweeps (id, swept_at) VALUES (7, now())"))
    with pytest.raises(StorageError):
        lock_and_lose(engine, proxy)


def lock_and_lose(engine: Engine, proxy: Proxy) -> None:
    """Lock a row, lose the connection in the middle; another gets the row all the same."""
    change = text("UPDATE sweeps SET swept_at = now() WHERE id = 7")
    with transaction(engine) as session:
        session.execute(change)
        proxy.silent()
        time.sleep(1.5)
        proxy.restore()
        with transaction(engine) as other:
            other.execute(change)
        session.execute(text("SELECT 1"))


def test_who_only_reads_may_compute_between_its_statements(engine: Engine) -> None:
    with transaction(engine) as session:
        postgresql.may_be_idle(session)
        time.sleep(1.5)
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_statement_of_a_migration_is_waited_for(server: servers.PostgresqlServer, engine: Engine) -> None:
    with pytest.raises(StorageError, match="did not answer within 1 s"), transaction(engine) as session:
        session.execute(text("SELECT pg_sleep(3)"))
    patient = engines._engine(engine.url, kept=0, patient=True)
    with transaction(patient) as session:
        session.execute(text("SELECT pg_sleep(1.5)"))
    patient.dispose()


def test_more_than_the_pool_holds_are_told_to_come_again(
    server: servers.PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(engines, "POOL_TIMEOUT_S", 0.1)
    small = open_database(server.address, kept=1)
    with small.connect(), pytest.raises(StorageError, match="in use; try again"):
        ask(small)
    small.dispose()
