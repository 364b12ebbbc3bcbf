"""Runs at work: claimed once, finished once, tried again when a fault can pass, stopped when asked."""

import json
import logging
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import Mock

import numpy as np
import pytest
from accepted import accepted
from sqlalchemy import text
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import clock, queue, runs, scores
from brainrank.api.repositories.queue import Lease
from brainrank.api.repositories.submissions import RunState, Submission
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import execution, recovery, run_lease, score_models
from brainrank.api.services.runs.execution import MOST_ATTEMPTS, execute, execute_oldest
from brainrank.api.services.runs.failures import STORAGE_FAILED
from brainrank.api.services.runs.recovery import sweep
from brainrank.api.services.runs.run_lease import LeaseLostError, RunLease, RunReporter
from brainrank.api.services.runs.score_models import Machine, Outcome
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, StorageError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.faults import InvalidPackageError
from brainrank.models_zoo.catalogue import find_model

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


class UndoneError(Exception):
    """Rolls a transaction back."""


class Shop(NamedTuple):
    begin: OpenSession
    context: WorkerContext

    def submit(self, model: str = "pixels", *, public: bool = True) -> Submission:
        wanted = Wanted(WantedModel(model), (), public, "", None, model)
        with self.begin() as session:
            return accepted(session, ADA, wanted, self.context.machine.catalogue)

    def now(self, made: Submission) -> list[RunState]:
        with self.begin() as session:
            return list(life_cycle.find(session, ADA, made.number).runs)

    def log(self, made: Submission) -> str:
        with self.begin() as session:
            return "\n".join(event.text for event in life_cycle.events(session, made))

    def count(self, table: str) -> int:
        with self.begin() as session:
            return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def claimable(self) -> list[int]:
        """What a sweep finds to be had, the oldest first."""
        found, seen = sweep(self.begin, [queue.CPU], every_s=0).claimable[queue.CPU], list[int]()
        with suppress(UndoneError), self.begin() as session:
            now, ids = clock.now(session), session.execute(text("SELECT id FROM runs ORDER BY id")).scalars().all()
            first, probe = queue.oldest(session, queue.CPU, now=now), Lease("probe:1:a", now + timedelta(seconds=60))
            seen += [run_id for run_id in ids if queue.claim(session, run_id, probe, now=now)]
            assert first == (seen[0] if seen else None)
            raise UndoneError
        assert len(seen) == found
        return seen

    def hold(self, run_id: int, owner: str = "elsewhere:1:a", lease_s: float = 60) -> RunLease:
        """Another worker's hold on a run."""
        hold = RunLease(self.begin, run_id, owner, lease_s=lease_s, run_limit_s=60)
        with self.begin() as session:
            assert queue.claim(session, run_id, hold.lease(datetime.now(UTC)), now=datetime.now(UTC)) is not None
        return hold


@pytest.fixture
def shop(migrated_url: str, tmp_path: Path) -> Iterator[Shop]:
    engine = open_database(migrated_url)
    begin = partial(transaction, engine)
    locations = Locations(home=tmp_path / "home")
    machine = Machine(tiny_catalogue(tmp_path), begin, locations, "cpu", DEFAULT_EXTRACTION)
    yield Shop(begin, WorkerContext(machine, lease_s=60, run_limit_s=60))
    engine.dispose()


def test_a_run_comes_to_what_the_command_line_comes_to_bit_for_bit(shop: Shop) -> None:
    made = shop.submit()
    for waiting in made.runs:
        execute(waiting.run_id, shop.context)
    for run, name in zip(shop.now(made), NAMES, strict=True):
        assert (run.status, run.attempts, run.error, run.progress) == ("succeeded", 1, None, None)
        stages = [stage for stage, _ in run.stages]
        assert (stages[:2], stages[-2:]) == (["queued", "resolving"], ["scoring", "succeeded"])
        times = [at for _, at in run.stages]
        assert times == sorted(times)
        machine = shop.context.machine
        benchmark = machine.catalogue.benchmark(name)
        region = machine.catalogue.load(benchmark, machine.locations, Silent())
        theirs = score_models.score(find_model("pixels"), benchmark, region, machine, Silent())
        assert isinstance(theirs, Outcome)
        with shop.begin() as session:
            ours = runs.find_run(session, run.run_id)
        assert ours.score == theirs.run.score
        assert ours.score.draws is not None
        assert theirs.run.score.draws is not None
        assert np.array_equal(ours.score.draws.deviations, theirs.run.score.draws.deviations, equal_nan=True)
        assert json.dumps(ours.receipt) == json.dumps(theirs.run.receipt)
    assert "Attempt 1 of" in shop.log(made)


def test_once_more_after_success_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.submit()
    execute(made.runs[0].run_id, shop.context)
    before = shop.now(made), shop.log(made), shop.count("scores")
    monkeypatch.setattr(execution, "run", None)
    execute(made.runs[0].run_id, shop.context)
    assert (shop.now(made), shop.log(made), shop.count("scores")) == before
    execute(12345, shop.context)


def test_of_many_at_once_one_gets_the_run(shop: Shop) -> None:
    made = shop.submit()
    run_id, gate, claimed = made.runs[0].run_id, threading.Barrier(8), []

    def take(number: int) -> None:
        hold = RunLease(shop.begin, run_id, f"elsewhere:{number}:a", lease_s=60, run_limit_s=60)
        gate.wait()
        with shop.begin() as session:
            claimed.append(queue.claim(session, run_id, hold.lease(datetime.now(UTC)), now=datetime.now(UTC)))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in claimed if each is not None]) == 1
    assert shop.now(made)[0].attempts == 1


def test_whose_lease_ran_out_has_lost_the_run_and_records_nothing(shop: Shop) -> None:
    made = shop.submit()
    run_id = made.runs[0].run_id
    lost = shop.hold(run_id, lease_s=-1)
    assert run_id in shop.claimable()
    execute(run_id, shop.context)
    assert shop.now(made)[0].status == "succeeded"
    with shop.begin() as session:
        assert not queue.fail(session, run_id, lost.owner, error_class="X", error="x", now=datetime.now(UTC))
    lost.renew()
    with pytest.raises(LeaseLostError):
        RunReporter(lost).message("still here")
    assert (shop.now(made)[0].status, shop.count("scores")) == ("succeeded", 1)
    assert run_id not in shop.claimable()


def test_a_run_that_is_held_is_left_alone(shop: Shop) -> None:
    made = shop.submit()
    shop.hold(made.runs[0].run_id)
    execute(made.runs[0].run_id, shop.context)
    assert shop.now(made)[0].status == "resolving"
    assert shop.claimable() == [made.runs[1].run_id]


def test_a_dead_process_of_this_machine_holds_nothing(shop: Shop) -> None:
    ended = multiprocessing.get_context("spawn").Process()
    ended.start()
    ended.join()
    made = shop.submit()
    shop.hold(made.runs[0].run_id, owner=f"{socket.gethostname()}:{ended.pid}:a")
    assert shop.claimable() == [run.run_id for run in made.runs]
    execute(made.runs[0].run_id, shop.context)
    run = shop.now(made)[0]
    assert (run.status, run.attempts) == ("succeeded", 2)


def test_a_run_whose_workers_are_lost_again_and_again_fails_in_the_end(shop: Shop) -> None:
    made = shop.submit()
    for _ in range(MOST_ATTEMPTS):
        shop.hold(made.runs[0].run_id, lease_s=-1)
    execute(made.runs[0].run_id, shop.context)
    run = shop.now(made)[0]
    assert (run.status, run.error_class) == ("failed", "WorkersLostError")


def raising(error: Exception) -> Callable[..., Any]:
    def run(*_: object, **__: object) -> None:
        raise error

    return run


@pytest.mark.parametrize("error", [UserError("no"), ModelLoadError("no fit"), DataUnavailableError("not there")])
def test_what_will_not_pass_fails_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    made = shop.submit()
    monkeypatch.setattr(execution, "run", raising(error))
    execute(made.runs[0].run_id, shop.context)
    run = shop.now(made)[0]
    assert (run.status, run.error_class, run.error) == ("failed", type(error).__name__, str(error))
    assert "Traceback" not in shop.log(made)
    assert shop.count("scores") == 0


def test_a_fault_of_brainrank_leaves_its_traceback(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.submit()
    monkeypatch.setattr(execution, "run", raising(ZeroDivisionError("division by zero")))
    execute(made.runs[0].run_id, shop.context)
    assert shop.now(made)[0].error_class == "ZeroDivisionError"
    assert "Traceback" in shop.log(made)


def test_what_can_pass_is_tried_again_later_and_not_for_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.submit()
    run_id, waits = made.runs[0].run_id, []
    monkeypatch.setattr(execution, "run", raising(StorageError("the disk is full")))
    while True:
        began = datetime.now(UTC)
        execute(run_id, shop.context)
        run = shop.now(made)[0]
        if run.due_at is None:
            break
        waits.append(round((run.due_at - began).total_seconds(), -1))
        assert run.status == "queued"
        execute(run_id, shop.context)  # too early
        assert run_id not in shop.claimable()
        with shop.begin() as session:
            session.execute(text("UPDATE runs SET due_at = :then WHERE id = :id"), {"then": began, "id": run_id})
        assert run_id in shop.claimable()
    assert waits == [30, 120, 480]
    assert (run.status, run.error_class, run.attempts) == ("failed", "StorageError", MOST_ATTEMPTS)
    with shop.begin() as session:
        life_cycle.retry(session, ADA, made.number)
    monkeypatch.undo()
    execute(run_id, shop.context)
    assert shop.now(made)[0].status == "succeeded"


def test_what_is_at_work_is_cancelled_at_its_next_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.submit()

    def cancelled_meanwhile(*_: object, reporter: RunReporter, **__: object) -> None:
        with shop.begin() as session:
            life_cycle.cancel(session, ADA, made.number)
        reporter.progress("extracting", 1, 2)
        raise RuntimeError("went on")

    monkeypatch.setattr(execution, "run", cancelled_meanwhile)
    execute(made.runs[0].run_id, shop.context)
    assert [run.status for run in shop.now(made)] == ["cancelled", "cancelled"]


def test_what_was_to_be_cancelled_when_its_worker_was_lost_is_cancelled(shop: Shop) -> None:
    made = shop.submit()
    shop.hold(made.runs[0].run_id, lease_s=-1)
    with shop.begin() as session:
        life_cycle.cancel(session, ADA, made.number)
    assert shop.claimable() == []
    assert [run.status for run in shop.now(made)] == ["cancelled", "cancelled"]


def test_a_run_ends_at_its_time_limit(shop: Shop) -> None:
    made = shop.submit()
    hasty = WorkerContext(shop.context.machine, lease_s=60, run_limit_s=0)
    execute(made.runs[0].run_id, hasty)
    assert shop.now(made)[0].error_class == "TimeLimitError"


def test_a_lease_is_renewed_while_the_run_is_at_work(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.submit()
    score = execution.run

    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(1.0)
        assert made.runs[0].run_id not in shop.claimable()
        return score(*given, **named)

    monkeypatch.setattr(execution, "run", slow)
    execute(made.runs[0].run_id, WorkerContext(shop.context.machine, lease_s=0.5, run_limit_s=60))
    assert shop.now(made)[0].status == "succeeded"


def test_whoever_hears_a_signal_takes_the_run_that_has_waited_longest(shop: Shop) -> None:
    """A signal about the newest run, all others' lost: the oldest is worked on all the same, and so on to the last."""
    made = [shop.submit(), shop.submit()]
    lost = shop.hold(made[1].runs[0].run_id, lease_s=-1)
    order = list[int]()
    for _ in range(5):
        before = {run.run_id for each in made for run in shop.now(each) if run.status == "succeeded"}
        execute_oldest(queue.CPU, shop.context, ask=lambda _run, _others: None)
        order += {run.run_id for each in made for run in shop.now(each) if run.status == "succeeded"} - before
    assert order == [run.run_id for each in made for run in each.runs]
    assert lost.run_id in order
    assert shop.count("scores") == 4


def test_a_run_of_another_queue_is_left_to_its_workers(shop: Shop) -> None:
    made = shop.submit()
    execute_oldest(queue.GPU, shop.context, ask=lambda _run, _others: None)
    assert [run.status for run in shop.now(made)] == ["queued", "queued"]


def test_a_clock_that_jumps_takes_no_run_from_anybody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server's database, whose clock all go by; SQLite's is the machine's, which there is one of."""
    with shop.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("one machine, one clock")
    made = shop.submit()

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Ahead":
            return cls.fromtimestamp(time.time() + 7200, tz)

    for module in (clock, run_lease, execution, recovery):
        monkeypatch.setattr(module, "datetime", Ahead, raising=False)
    held = shop.hold(made.runs[0].run_id)
    held.renew()
    assert shop.claimable() == [made.runs[1].run_id]
    execute(made.runs[1].run_id, shop.context)
    monkeypatch.undo()
    assert shop.claimable() == []
    held.renew()
    held.check()


def test_private_scores_are_on_no_leaderboard_until_they_are_published(shop: Shop) -> None:
    made = shop.submit(public=False)
    execute(made.runs[0].run_id, shop.context)
    with shop.begin() as session:
        assert scores.latest_succeeded(session, {NAMES[0]: 1}) == []
        life_cycle.set_public(session, ADA, made.number, public=True)
        assert [run.model for run in scores.latest_succeeded(session, {NAMES[0]: 1})] == ["pixels"]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ValueError("layer 'a\0b' \ud800 in /usr/lib/x/y.py"), "ValueError", "layer 'a�b' � in y.py"),
        (StorageError("Cannot use postgresql+psycopg://me@10.0.0.7/db"), "StorageError", STORAGE_FAILED),
        (
            InvalidPackageError("x", ["/tmp/a/b.npz is damaged\x1b[31m"]),
            "InvalidDataError",
            "x has 1 fault:\n  b.npz is damaged�[31m",
        ),
        (type("E" * 300, (Exception,), {})("x"), "E" * 100, "x"),
    ],
)
def test_every_failure_can_be_recorded_and_tells_nothing_of_the_machine(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    kind: str,
    words: str,
) -> None:
    caplog.set_level(
        logging.CRITICAL, logger=execution.log.name
    )  # what is no text cannot be reported by pytest's workers
    made = shop.submit()
    monkeypatch.setattr(execution, "run", Mock(side_effect=error))
    monkeypatch.setattr(execution, "MOST_ATTEMPTS", 1)
    execute(made.runs[0].run_id, shop.context)
    found = shop.now(made)[0]
    assert (found.status, found.error_class, found.error) == ("failed", kind, words)
    assert "10.0.0.7" not in shop.log(made)
    assert "/usr/lib" not in shop.log(made)
    assert str(Path(__file__).parent) not in shop.log(made)
