"""Migrations: up, down, and equal to the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from brainrank.api.db.engine import migrations_config, open_database
from brainrank.api.db.tables import Base
from brainrank.benchmark.types.errors import StorageError


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'test.db'}")
    yield made
    made.dispose()


def test_the_migrations_make_the_tables(engine: Engine) -> None:
    command.upgrade(migrations_config(engine), "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_migration_can_be_undone(engine: Engine) -> None:
    config = migrations_config(engine)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")


def test_opening_twice_migrates_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"sqlite:///{tmp_path / 'new' / 'test.db'}"
    open_database(address).dispose()
    monkeypatch.setattr("brainrank.api.db.engine.command.upgrade", None)
    open_database(address).dispose()


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="check BRAINRANK_DATABASE_URL"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'test.db'}")
