"""The command line in a new home: on the tiny study, and on real data."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny_study import tiny_catalogue
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app

if TYPE_CHECKING:
    import brainrank as br


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path) -> Callable[..., Result]:
    """The command line where there is nothing but the tiny study."""
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    shutil.copyfile(migrated_file, tmp_path / "home" / "brainrank.db")
    for name in ("DATABASE_URL", "STUDIES"):
        monkeypatch.delenv(f"BRAINRANK_{name}", raising=False)
    catalogue = tiny_catalogue(tmp_path)
    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: catalogue)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def home(tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new home where the studies of the mirror can be had."""
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    """The command line in that home."""
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "br.OwnData":
    """Responses of four targets to 36 small images, three times each, whose benchmarks are all there are."""
    import brainrank as br

    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (36, 8, 8, 3), dtype=np.uint8)
    bright = images.mean(axis=(1, 2, 3), dtype=float)[:, None, None]
    axes = ("stimuli", "repeats", "targets")
    found = br.data(images, responses=bright + rng.standard_normal((36, 3, 4)), axes=axes, name="lab")
    monkeypatch.setattr("brainrank.api.cli.measured_spaces.open_catalogue", lambda *_: found.catalogue)
    return found
