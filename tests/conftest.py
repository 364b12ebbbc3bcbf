"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

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
