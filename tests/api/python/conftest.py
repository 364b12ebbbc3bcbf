"""The public face on a tiny study, in a home of its own."""

from pathlib import Path

import pytest
from tiny_study import tiny_catalogue


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user who has nothing set."""
    for name in ("DATABASE_URL", "MIRROR", "STORE_URL", "URL", "TOKEN", "STUDIES"):
        monkeypatch.delenv(f"BRAINRANK_{name}", raising=False)
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tiny(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That home, where the tiny study is all there is."""
    catalogue = tiny_catalogue(tmp_path)
    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: catalogue)
    return home
