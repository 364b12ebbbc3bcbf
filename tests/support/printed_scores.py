"""Scores as `brainrank score --json` prints them, and as its database has them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from typer.testing import Result

Run = Callable[..., Result]
IT = "kriegeskorte2008.human-it.rsa"
MONKEY = "kriegeskorte2008.monkey-it.rsa"


def rows(home: Path, table: str) -> int:
    """How many rows a table of this home has."""
    engine = create_engine(f"sqlite:///{home / 'brainrank.db'}")
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return int(found)


def scored(result: Result) -> list[dict[str, Any]]:
    """The scores that were printed."""
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found
