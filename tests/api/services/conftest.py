"""Submitted runs in each database."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from queued_runs import QueuedRuns
from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations


@pytest.fixture
def queued(migrated_url: str, tmp_path: Path) -> Iterator[QueuedRuns]:
    engine = open_database(migrated_url)
    begin = partial(transaction, engine)
    locations = Locations(home=tmp_path / "home")
    machine = Machine(tiny_catalogue(tmp_path), begin, locations, "cpu", DEFAULT_EXTRACTION)
    yield QueuedRuns(begin, WorkerContext(machine, lease_s=60, run_limit_s=60))
    engine.dispose()
