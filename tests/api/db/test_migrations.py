"""Migrations: up, down, and equal to the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from brainrank.api.db.board_tables import BoardRow
from brainrank.api.db.engine import migrations_config, newest_revision, open_database
from brainrank.benchmark.types.errors import StorageError


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url)
    yield made
    made.dispose()


def test_the_migrations_make_the_tables(engine: Engine) -> None:
    command.upgrade(migrations_config(engine), "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), BoardRow.metadata) == []


def test_every_migration_can_be_undone(engine: Engine) -> None:
    config = migrations_config(engine)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")


def test_what_the_command_line_stored_before_there_was_a_service_stays(engine: Engine) -> None:
    config = migrations_config(engine)
    command.upgrade(config, "0002")
    old = """INSERT INTO runs (model_id, benchmark, benchmark_version, code_version, status, finished_at, error)
        VALUES (1, 'a.b.rsa', 1, 'x', :status, '2026-01-02 03:04:05+00:00', :error)"""
    with engine.begin() as connection:
        model = "INSERT INTO models (name, family, description, spec, spec_digest) VALUES ('m', 'f', '', '{}', 'd')"
        connection.execute(text(model))
        connection.execute(text(old), [{"status": "failed", "error": "StorageError: full: free some"}])
        connection.execute(text(old), [{"status": "succeeded", "error": None}])
    command.upgrade(config, "head")
    query = text("SELECT status, public, created_at = finished_at AS same, error_class, error FROM runs ORDER BY id")
    with engine.connect() as connection:
        failed, succeeded = connection.execute(query).all()
    assert tuple(failed) == ("failed", True, True, "StorageError", "full: free some")
    assert tuple(succeeded) == ("succeeded", True, True, None, None)
    command.downgrade(config, "0002")
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT error FROM runs ORDER BY id")).scalars().all()
    assert kept == ["StorageError: full: free some", None]


def test_boards_of_another_form_are_known_but_empty(engine: Engine) -> None:
    config = migrations_config(engine)
    command.upgrade(config, "0007")
    board = """INSERT INTO boards (id, name, convention, day, basis, changes, computed_at, head)
        VALUES (1, 'all', 'raw', '', 'x', 3, '2026-01-02 03:04:05+00:00', '{}')"""
    line = """INSERT INTO standings
        (board_id, place, model, family, training_data, objective, coverage, words, numbers, line)
        VALUES (1, 1, 'm', 'f', '', '', 1, 'm', :numbers, '{"rank_low": 1}')"""
    with engine.begin() as connection:
        connection.execute(text(board))
        connection.execute(text(line), {"numbers": b""})
    command.upgrade(config, "head")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name, basis, changes FROM boards")).one() == ("all", None, None)
        assert connection.execute(text("SELECT count(*) FROM standings")).scalar_one() == 0


def test_a_migrations_file_is_named_by_its_revision(engine: Engine) -> None:
    scripts = ScriptDirectory.from_config(migrations_config(engine))
    assert all(Path(each.path).name.startswith(f"{each.revision}_") for each in scripts.walk_revisions())
    assert scripts.get_current_head() == newest_revision()


def test_opening_twice_migrates_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"sqlite:///{tmp_path / 'new' / 'test.db'}"
    open_database(address).dispose()
    monkeypatch.setattr("alembic.command.upgrade", None)
    open_database(address).dispose()


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="check BRAINRANK_DATABASE_URL"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'test.db'}")


def test_a_database_with_runs_in_it_is_brought_up_to_date(tmp_path: Path) -> None:
    """With foreign keys checked, as every connection of ours does: the table that is copied has others refer to it."""
    address = f"sqlite:///{tmp_path / 'old.db'}"
    old = create_engine(address)
    command.upgrade(migrations_config(old), "0002")
    with old.begin() as connection:
        for statement in (
            "INSERT INTO models VALUES (1, 'pixels', 'classical', '', '{}', 'digest')",
            "INSERT INTO runs (id, model_id, benchmark, benchmark_version, code_version, status, finished_at) "
            "VALUES (1, 1, 'b', 1, '1', 'succeeded', '2026-01-01 00:00:00')",
            "INSERT INTO layer_scores (run_id, position, layer, value, won) VALUES (1, 0, 'image', 0.5, 1)",
        ):
            connection.execute(text(statement))
    old.dispose()
    opened = open_database(address)
    with opened.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM runs JOIN layer_scores ON run_id = id")).scalar_one() == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    opened.dispose()
