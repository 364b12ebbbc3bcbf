"""A new version's migration while runs wait and one was at work: none is lost, none is worked on twice."""

from functools import partial
from pathlib import Path

import pytest
from accepted import accepted
from alembic import command
from fire.cheap import costing
from sqlalchemy import create_engine, text
from tiny_study import tiny_catalogue

from brainrank.api.db.engine import migrations_config, newest_revision, open_database, transaction
from brainrank.api.repositories import queue
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import execution
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
BEFORE = f"{int(newest_revision()) - 1:04d}"


def test_runs_of_the_version_before_come_to_their_end(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "run", costing(0))
    catalogue = tiny_catalogue(tmp_path)
    engine = open_database(database_url)
    with transaction(engine) as session:
        for _ in range(2):
            accepted(session, ADA, Wanted(WantedModel("pixels"), (), True, "", None, ""), catalogue)
        session.execute(
            text(
                "UPDATE runs SET status = 'scoring', lease_owner = 'elsewhere:1:a', attempts = 1, "
                "lease_expires_at = '2026-01-01 00:00:00+00:00' WHERE id = 2"
            )
        )
    engine.dispose()
    old = create_engine(database_url)
    command.downgrade(migrations_config(old), BEFORE)
    old.dispose()
    engine = open_database(database_url)
    machine = Machine(catalogue, partial(transaction, engine), Locations(tmp_path / "home"), "cpu", DEFAULT_EXTRACTION)
    for _ in range(5):
        execution.execute_oldest(
            queue.CPU, WorkerContext(machine, lease_s=60, run_limit_s=60), ask=lambda _run, _others: None
        )
    with transaction(engine) as session:
        found = session.execute(text("SELECT status, attempts FROM runs ORDER BY id")).all()
        scores = session.execute(text("SELECT count(*) FROM scores")).scalar_one()
    engine.dispose()
    assert [tuple(each) for each in found] == [("succeeded", n) for n in (1, 2, 1, 1)]
    assert scores == 4
