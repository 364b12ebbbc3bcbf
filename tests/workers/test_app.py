"""Signals, sweeps and the worker in a thread."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from accepted import accepted
from celery import Celery
from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.repositories.submissions import Submission
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import execution, recovery
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.api.settings import Settings
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import StorageError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.workers import process
from brainrank.workers.app import BOARDS, QUEUES, make_celery, signal, waiting_messages
from brainrank.workers.embedded import embedded_worker
from brainrank.workers.process import work_forever
from brainrank.workers.stop import Stop
from brainrank.workers.sweeper import Sweeper
from brainrank.workers.tasks import add_tasks

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
TIMEOUT_S = 300.0  # a busy machine takes more than a minute to import torch


@pytest.fixture
def begin(migrated_sqlite: str) -> Iterator[OpenSession]:
    engine = open_database(migrated_sqlite)
    yield partial(transaction, engine)
    engine.dispose()


@pytest.fixture
def machine(begin: OpenSession, tmp_path: Path) -> Machine:
    return Machine(tiny_catalogue(tmp_path), begin, Locations(tmp_path / "home"), "cpu", DEFAULT_EXTRACTION)


@pytest.fixture
def app(machine: Machine) -> Iterator[Celery]:
    made = make_celery(Settings(broker_url=None, lease_s=2))
    add_tasks(made, lambda: WorkerContext(machine, lease_s=2, run_limit_s=60))
    yield made
    with made.connection_for_write() as connection:
        for queue in (*QUEUES, BOARDS):
            connection.default_channel.queue_purge(queue)
    made.close()


def submit(machine: Machine, model: str = "pixels") -> Submission:
    with machine.begin() as session:
        return accepted(session, ADA, Wanted(WantedModel(model), (), True, "", None, model), machine.catalogue)


def statuses(machine: Machine, made: Submission) -> list[str]:
    with machine.begin() as session:
        return [str(run.status) for run in life_cycle.find(session, ADA, made.number).runs]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)  # no more often: what is waited for shares this process


@contextmanager
def sweeper(app: Celery, machine: Machine) -> Iterator[Sweeper]:
    made = Sweeper(app, lambda: machine.begin, lease_s=2)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def waiting(made: Submission) -> list[WaitingRun]:
    return [WaitingRun(run.run_id, run.queue) for run in made.runs]


def test_a_worker_in_a_thread_works_on_what_is_signalled_and_leaves_no_file_behind(
    app: Celery, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with embedded_worker(app, Stop()), sweeper(app, machine):
        made = submit(machine)
        signal(app, waiting(made))
        wait_until(lambda: statuses(machine, made) == ["succeeded", "succeeded"])
    assert list((tmp_path / "here").iterdir()) == []


def test_what_waited_when_the_process_ended_is_worked_on_by_the_next(app: Celery, machine: Machine) -> None:
    made = submit(machine)
    with embedded_worker(app, Stop()), sweeper(app, machine):
        wait_until(lambda: statuses(machine, made) == ["succeeded", "succeeded"])


def test_what_can_pass_comes_back_by_itself(app: Celery, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "FIRST_WAIT_S", 0.2)
    score, failed = execution.run, []

    def once_full(*given: Any, **named: Any) -> Any:
        if not failed:
            failed.append(True)
            raise StorageError("the disk is full")
        return score(*given, **named)

    monkeypatch.setattr(execution, "run", once_full)
    with embedded_worker(app, Stop()), sweeper(app, machine):
        made = submit(machine)
        signal(app, waiting(made))
        wait_until(lambda: statuses(machine, made) == ["succeeded", "succeeded"])
    with machine.begin() as session:
        assert [run.attempts for run in life_cycle.find(session, ADA, made.number).runs] == [2, 1]


def test_a_sweep_sends_the_signals_that_are_missing_and_no_more(app: Celery, machine: Machine) -> None:
    """Of two runs one signal is lost: as a run is not named, one more will do, whichever run it was about."""
    made = submit(machine)
    signal(app, waiting(made)[:1])
    with sweeper(app, machine):
        wait_until(lambda: waiting_messages(app)["cpu"] == 2)
        time.sleep(1.2)
        assert waiting_messages(app) == {"gpu": 0, "cpu": 2}


def test_sweeps_go_on_while_a_run_takes_the_worker_and_after_a_fault(
    app: Celery, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, end = threading.Event(), threading.Event()

    def endless(*_: Any, **__: Any) -> None:
        began.set()
        end.wait(TIMEOUT_S)
        raise UserError("enough")

    look, faults = recovery.sweep, list[float]()

    def failing_first(*given: Any, **named: Any) -> Any:
        if len(faults) < 3:
            faults.append(time.monotonic())
            raise StorageError("the database is away")
        return look(*given, **named)

    monkeypatch.setattr(execution, "run", endless)
    monkeypatch.setattr(recovery, "sweep", failing_first)
    with embedded_worker(app, Stop()), sweeper(app, machine):
        signal(app, waiting(submit(machine)))
        assert began.wait(TIMEOUT_S)
        wait_until(lambda: recovery.last_sweep(machine.begin) is not None)
        first = recovery.last_sweep(machine.begin)
        wait_until(lambda: recovery.last_sweep(machine.begin) != first)
        end.set()
    assert len(faults) == 3


def test_boards_are_woken_by_one_message_at_a_time(app: Celery, machine: Machine) -> None:
    with sweeper(app, machine) as each, sweeper(app, machine) as other:
        wait_until(lambda: waiting_messages(app, [BOARDS])[BOARDS] == 1)
        each._boards_due = other._boards_due = 0.0
        time.sleep(1.2)
        assert waiting_messages(app, [BOARDS])[BOARDS] == 1


def test_a_broker_that_is_away_is_no_fault_of_the_submitter(caplog: pytest.LogCaptureFixture) -> None:
    away = make_celery(Settings(broker_url="redis://127.0.0.1:1/0"))
    signal(away, [WaitingRun(1, "cpu")])
    assert "1 runs wait for the next sweep" in caplog.text
    away.close()


def test_worker_processes_need_a_broker() -> None:
    with pytest.raises(UserError, match="set BRAINRANK_BROKER_URL"):
        work_forever(Settings(broker_url=None), queues=QUEUES, device="cpu")


def test_a_worker_says_what_its_cells_lack(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "missing", lambda: ("no wall", "no roof"))
    process.say_what_cells_lack(sender=None)
    assert [each.getMessage().rpartition(": ")[2] for each in caplog.records] == ["no wall", "no roof"]


def test_messages_and_results_are_json_and_nothing_is_pickled() -> None:
    for settings in (Settings(broker_url=None), Settings(broker_url="redis://127.0.0.1:1/0")):
        conf = make_celery(settings).conf
        assert (list(conf.accept_content), conf.task_serializer) == (["json"], "json")
        assert conf.task_soft_time_limit < conf.task_time_limit
        assert conf.task_acks_late
        assert conf.worker_prefetch_multiplier == 1
