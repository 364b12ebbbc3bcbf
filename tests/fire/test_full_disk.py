"""Disks that fill up under the store of activations and under uploads (spilling: activations/test_spill_faults.py)."""

import hashlib
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accepted import accepted
from fastapi.testclient import TestClient
from fire.cheap import costing
from fire.promises import half_written
from full_disk import full_beyond
from sqlalchemy import text
from tiny_study import tiny_catalogue

from brainrank.api.app import create_app
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import queue
from brainrank.api.routes.service import open_service
from brainrank.api.services.access import tokens
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import execution
from brainrank.api.services.runs.failures import STORAGE_FAILED
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.api.settings import Settings
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


@pytest.fixture
def begin(postgresql: str) -> Iterator[OpenSession]:
    """A server's database: SQLite's file would be on the full disk, too."""
    engine = open_database(postgresql)
    yield partial(transaction, engine)
    engine.dispose()


def test_a_run_whose_store_is_full_waits_and_comes_to_its_score_once_there_is_space(
    begin: OpenSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "run", costing(0))
    machine = Machine(tiny_catalogue(tmp_path), begin, Locations(tmp_path / "home"), "cpu", DEFAULT_EXTRACTION)
    context = WorkerContext(machine, lease_s=60, run_limit_s=60)
    with begin() as session:
        wanted = Wanted(WantedModel("pixels"), ("tiny2026.it.rsa",), True, "", None, "")
        run = accepted(session, ADA, wanted, machine.catalogue).runs[0].run_id
    with full_beyond(100):
        execution.execute(run, context)
    assert half_written(tmp_path) == []
    with begin() as session:
        state = session.execute(text("SELECT status, due_at FROM runs")).one()
        assert (state.status, state.due_at is None) == ("queued", False)
        logged = session.execute(text("SELECT text FROM run_events WHERE kind = 'message'")).scalars().all()
        assert any(STORAGE_FAILED in line and "tried again" in line for line in logged)
        session.execute(text("UPDATE runs SET due_at = NULL"))
    execution.execute_oldest(queue.CPU, context, ask=lambda _run, _others: None)
    with begin() as session:
        assert session.execute(text("SELECT status FROM runs")).scalar_one() == "succeeded"
        assert session.execute(text("SELECT count(*) FROM scores")).scalar_one() == 1


def test_an_upload_goes_on_where_the_disk_was_full(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.save(file, np.ones((12, 40_000)))  # several times what the database's file takes
    content = file.getvalue()
    settings = Settings(home=tmp_path / "home", database_url=None, broker_url=None)
    service = open_service(settings, signal=lambda _waiting: None)
    with service.begin() as session:
        headers = {"Authorization": f"Bearer {tokens.create(session, owner='ada', scope=Scope.SUBMIT)}"}
    request = {"kind": "npy", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    with TestClient(create_app(service), raise_server_exceptions=False) as http:
        made = http.post("/v1/uploads", json=request, headers=headers).json()
        address = f"/v1/uploads/{made['id']}"

        def send(start: int) -> Any:
            offset = {"Upload-Offset": str(start)}
            return http.patch(address, content=content[start:], headers=headers | offset)

        with full_beyond(2_000_000):
            full = send(0)
        assert (full.status_code, full.json()["code"]) == (503, "storage-failed")
        here = http.get(address, headers=headers).json()
        assert here["received"] < len(content)
        assert not here["ready"]
        assert send(here["received"]).json()["ready"]
