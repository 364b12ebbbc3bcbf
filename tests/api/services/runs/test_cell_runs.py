"""Runs of models in a cell: stopped within seconds whatever they do, failed for good by a limit, put back by a stop."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import graphs
import pytest
from accepted import accepted
from sqlalchemy import update
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import uploads as rows
from brainrank.api.repositories.queue import CPU, GPU
from brainrank.api.repositories.statuses import WORKING
from brainrank.api.repositories.submissions import RunState, Submission
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs.execution import execute
from brainrank.api.services.runs.failures import remedy
from brainrank.api.services.runs.recovery import sweep
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel, uploads
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
ENDED_WITHIN_S = 5.0
STARTED_WITHIN_S = 120.0


class Service(NamedTuple):
    """A worker without a broker, and what it works on."""

    begin: OpenSession
    machine: Machine
    stop: threading.Event

    def submit(self, path: Path) -> Submission:
        """As a file that was uploaded."""
        sha256 = sha256_of(path)
        file = uploads.remote_file(UploadKind.ONNX, sha256)
        kept = self.machine.locations.downloads / cache_name(file)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(path.read_bytes())
        now, name = datetime.now(UTC), path.stem
        with self.begin() as session:
            row = rows.obtain(session, owner="ada", kind="onnx", sha256=sha256, size_bytes=path.stat().st_size, now=now)
            rows.mark_ready(session, row.id, contents=None, now=now)
            model = WantedModel(name, f"upload:{sha256}")
            wanted = Wanted(model, (NAMES[0],), False, "", None, name)
            return accepted(session, ADA, wanted, self.machine.catalogue)

    def context(self, *, run_limit_s: float = 600, lease_s: float = 60) -> WorkerContext:
        return WorkerContext(self.machine, lease_s=lease_s, run_limit_s=run_limit_s, stopping=self.stop.is_set)

    def state(self, made: Submission) -> RunState:
        with self.begin() as session:
            return life_cycle.find(session, ADA, made.number).runs[0]

    def log(self, made: Submission) -> str:
        with self.begin() as session:
            return "\n".join(event.text for event in life_cycle.events(session, made))


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    limits = Limits(memory_bytes=2**30, disk_bytes=2**30, cpu_s=600)
    made = Cell(Locations(tmp_path_factory.mktemp("home")), device="cpu", limits=limits)
    made.start()
    yield made
    made.close()


@pytest.fixture
def service(cell: Cell, tmp_path: Path, migrated_sqlite: str) -> Iterator[Service]:
    engine = open_database(migrated_sqlite)
    begin = partial(transaction, engine)
    images = tmp_path / "images"
    images.mkdir()
    machine = Machine(tiny_catalogue(images), begin, cell._locations, "cpu", DEFAULT_EXTRACTION, cell)
    yield Service(begin, machine, threading.Event())
    engine.dispose()


@contextmanager
def at_work(service: Service, made: Submission, context: WorkerContext) -> Iterator[threading.Thread]:
    """A worker that has come to the network, which never ends."""
    thread = threading.Thread(target=execute, args=(made.runs[0].run_id, context))
    thread.start()
    deadline = time.monotonic() + STARTED_WITHIN_S
    while "Running" not in service.log(made):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield thread
    thread.join(STARTED_WITHIN_S)
    assert not thread.is_alive()
    assert not list((service.machine.locations.home / "cells").iterdir())


def ended_within(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def test_cancelling_ends_an_endless_loop_and_the_next_run_goes_on(service: Service, tmp_path: Path) -> None:
    made, next_one = (
        service.submit(graphs.endless(tmp_path / "endless.onnx")),
        service.submit(graphs.linear(tmp_path / "linear.onnx")),
    )
    context = service.context()
    with at_work(service, made, context) as thread:
        with service.begin() as session:
            life_cycle.cancel(session, ADA, made.number)
        assert ended_within(thread, ENDED_WITHIN_S)
    assert (service.state(made).status, service.state(made).error) == ("cancelled", None)
    execute(next_one.runs[0].run_id, context)
    assert service.state(next_one).status == "succeeded"


def test_a_lost_lease_ends_it_and_leaves_the_run_to_its_new_holder(service: Service, tmp_path: Path) -> None:
    made = service.submit(graphs.endless(tmp_path / "endless.onnx"))
    with at_work(service, made, service.context()) as thread:
        with service.begin() as session:
            session.execute(update(RunRow).values(lease_owner="elsewhere:1:a"))
        assert ended_within(thread, ENDED_WITHIN_S)
    assert service.state(made).status in WORKING


def test_a_stop_ends_it_and_puts_the_run_back_as_if_it_had_not_been_begun(service: Service, tmp_path: Path) -> None:
    made = service.submit(graphs.endless(tmp_path / "endless.onnx"))
    with at_work(service, made, service.context()) as thread:
        service.stop.set()
        assert ended_within(thread, ENDED_WITHIN_S)
    run = service.state(made)
    assert (run.status, run.attempts, run.progress) == ("queued", 0, None)
    assert sum(sweep(service.begin, (CPU, GPU), every_s=0.0).claimable.values()) == 1


def test_the_time_limit_ends_it_for_good(service: Service, tmp_path: Path) -> None:
    made = service.submit(graphs.endless(tmp_path / "endless.onnx"))
    begun = time.monotonic()
    execute(made.runs[0].run_id, service.context(run_limit_s=6.0))
    run = service.state(made)
    assert time.monotonic() - begun < 6 + ENDED_WITHIN_S
    assert (run.status, run.attempts, run.error_class) == ("failed", 1, "TimeLimitError")
    assert run.error is not None
    assert "stopped after 6 s" in run.error


def test_the_memory_limit_ends_it_for_good_and_says_what_to_do(service: Service, tmp_path: Path) -> None:
    made = service.submit(graphs.greedy(tmp_path / "greedy.onnx", 40_000_000_000))
    execute(made.runs[0].run_id, service.context())
    run = service.state(made)
    assert (run.status, run.attempts, run.error_class) == ("failed", 1, "CellLimitError")
    assert run.error is not None
    assert "1,024 MiB that one may take here" in run.error
    assert "Submit a smaller model" in remedy("CellLimitError")


def test_one_killed_from_outside_is_tried_again(service: Service, tmp_path: Path) -> None:
    made = service.submit(graphs.endless(tmp_path / "endless.onnx"))
    with at_work(service, made, service.context()) as thread:
        tenant = service.machine.cell._tenant if service.machine.cell else None
        assert tenant is not None
        os.kill(tenant.occupant.process, signal.SIGKILL)
        assert ended_within(thread, ENDED_WITHIN_S)
    run = service.state(made)
    assert (run.status, run.attempts) == ("queued", 1)
    assert "ended from outside" in service.log(made)
