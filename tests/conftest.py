"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of upstream files; tests that need it skip where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data" / "mirror"
    folder = Path(os.environ.get("BRAINRANK_MIRROR") or default)
    if not folder.is_dir():
        pytest.skip(f"needs the mirror of upstream data files, absent at {folder} (set BRAINRANK_MIRROR)")
    return folder
