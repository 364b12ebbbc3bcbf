"""The command line on the tiny study, in a new home."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_study import tiny_catalogue
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.benchmark.scoring.catalogue import Catalogue


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path) -> Callable[..., Result]:
    """The command line where there is nothing but the tiny study."""
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    shutil.copyfile(migrated_file, tmp_path / "home" / "brainrank.db")
    for name in ("DATABASE_URL", "STUDIES"):
        monkeypatch.delenv(f"BRAINRANK_{name}", raising=False)
    catalogue = tiny_catalogue(tmp_path)

    def opened(_locations: object, wanted: tuple[str, ...] = ()) -> Catalogue:
        return catalogue.only(wanted) if wanted else catalogue

    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.open_catalogue", opened)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
