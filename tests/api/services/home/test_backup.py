"""A database as a file, while it is written to, and back."""

import shutil
import threading
from pathlib import Path

import pytest
import servers
from sqlalchemy import create_engine, text
from stored_scores import store

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.home.backup import back_up, restore
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import InvalidDataError, UserError

IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's programs, which stand beside the server's where they are not on the path."""
    if shutil.which("pg_dump") is None and servers.POSTGRES_FOLDERS:
        monkeypatch.setenv("PATH", str(servers.POSTGRES_FOLDERS[0]), prepend=":")


def count(address: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = int(connection.execute(text("SELECT count(*) FROM scores")).scalar_one())
    engine.dispose()
    return found


def emptied(address: str) -> str:
    """Another database of the same kind, with nothing in it."""
    if address.startswith("sqlite"):
        return address.replace("test.db", "other.db")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return address


def test_a_backup_taken_at_work_is_whole_and_comes_back(database_url: str, tmp_path: Path) -> None:
    engine, done, file = open_database(database_url), threading.Event(), tmp_path / "backup"

    def work() -> None:
        number = 0
        while not done.is_set():
            with transaction(engine) as session:
                store(session, f"model-{number}", IT, 0.5)
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    while count(database_url) < 5:
        pass
    back_up(database_url, file)
    done.set()
    worker.join()
    before = count(database_url)
    engine.dispose()
    target = emptied(database_url)
    restore(target, file)
    assert 5 <= count(target) <= before
    restored = open_database(target)
    with restored.connect() as connection:
        half = "SELECT count(*) FROM runs WHERE id NOT IN (SELECT run_id FROM scores)"
        assert connection.execute(text(half)).scalar_one() == 0
    restored.dispose()
    with pytest.raises(UserError, match="holds something already"):
        restore(target, file)


def test_what_is_no_backup_is_refused(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no backup")
    with pytest.raises(InvalidDataError, match="is no backup of a"):
        restore(database_url, tmp_path / "text")
    with pytest.raises(UserError, match="cannot be read"):
        restore(database_url, tmp_path / "nothing")


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no database at"):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "out")
    assert not (tmp_path / "out").exists()
