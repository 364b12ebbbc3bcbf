"""Boards in each database."""

from collections.abc import Iterator

import pytest
from stored_boards import StoredBoards, opened


@pytest.fixture
def place(migrated_sqlite: str) -> Iterator[StoredBoards]:
    """On SQLite."""
    with opened(migrated_sqlite) as boards:
        yield boards


@pytest.fixture
def either(migrated_url: str) -> Iterator[StoredBoards]:
    """On SQLite, and on PostgreSQL."""
    with opened(migrated_url) as boards:
        yield boards
