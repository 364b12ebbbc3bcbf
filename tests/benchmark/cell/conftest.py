"""A cell on this machine, and what models are scored on in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.types.locations import Locations

MEMORY_BYTES = 2 * 2**30


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Locations:
    """A home of the cell's own."""
    return Locations(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def cell(places: Locations) -> Iterator[Cell]:
    made = Cell(places, device="cpu", limits=Limits(memory_bytes=MEMORY_BYTES, disk_bytes=2**30, cpu_s=600))
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for models' files."""
    return tmp_path_factory.mktemp("files")
