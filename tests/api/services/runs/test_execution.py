"""Runs at work: claimed once, finished once, tried again when a fault can pass, stopped when asked."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from queued_runs import ADA, QueuedRuns
from sqlalchemy import text
from tiny_study import NAMES

from brainrank.api.repositories import queue, runs, scores
from brainrank.api.services.runs import execution, score_models
from brainrank.api.services.runs.execution import MOST_ATTEMPTS, execute, execute_oldest
from brainrank.api.services.runs.failures import STORAGE_FAILED
from brainrank.api.services.runs.run_lease import RunLease, RunReporter
from brainrank.api.services.runs.score_models import Outcome
from brainrank.api.services.submissions import life_cycle
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, StorageError, UserError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.faults import InvalidPackageError
from brainrank.models_zoo.catalogue import find_model


def test_a_run_comes_to_what_the_command_line_comes_to_bit_for_bit(queued: QueuedRuns) -> None:
    made = queued.submit()
    for waiting in made.runs:
        execute(waiting.run_id, queued.context)
    for run, name in zip(queued.now(made), NAMES, strict=True):
        assert (run.status, run.attempts, run.error, run.progress) == ("succeeded", 1, None, None)
        stages = [stage for stage, _ in run.stages]
        assert (stages[:2], stages[-2:]) == (["queued", "resolving"], ["scoring", "succeeded"])
        times = [at for _, at in run.stages]
        assert times == sorted(times)
        machine = queued.context.machine
        benchmark = machine.catalogue.benchmark(name)
        region = machine.catalogue.load(benchmark, machine.locations, Silent())
        theirs = score_models.score(find_model("pixels"), benchmark, region, machine, Silent())
        assert isinstance(theirs, Outcome)
        with queued.begin() as session:
            ours = runs.find_run(session, run.run_id)
        assert ours.score == theirs.run.score
        assert ours.score.draws is not None
        assert theirs.run.score.draws is not None
        assert np.array_equal(ours.score.draws.deviations, theirs.run.score.draws.deviations, equal_nan=True)
        assert json.dumps(ours.receipt) == json.dumps(theirs.run.receipt)
    assert "Attempt 1 of" in queued.log(made)


def test_once_more_after_success_changes_nothing(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    made = queued.submit()
    execute(made.runs[0].run_id, queued.context)
    before = queued.now(made), queued.log(made), queued.count("scores")
    monkeypatch.setattr(execution, "run", None)
    execute(made.runs[0].run_id, queued.context)
    assert (queued.now(made), queued.log(made), queued.count("scores")) == before
    execute(12345, queued.context)


def test_of_many_at_once_one_gets_the_run(queued: QueuedRuns) -> None:
    made = queued.submit()
    run_id, gate, claimed = made.runs[0].run_id, threading.Barrier(8), []

    def take(number: int) -> None:
        hold = RunLease(queued.begin, run_id, f"elsewhere:{number}:a", lease_s=60, run_limit_s=60)
        gate.wait()
        with queued.begin() as session:
            claimed.append(queue.claim(session, run_id, hold.lease(datetime.now(UTC)), now=datetime.now(UTC)))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in claimed if each is not None]) == 1
    assert queued.now(made)[0].attempts == 1


def test_many_who_ask_at_once_find_different_runs(queued: QueuedRuns) -> None:
    """Those that another is about to take are passed over; SQLite has no locks, and one writer at a time."""
    if not is_postgresql(queued):
        pytest.skip("SQLite has no locks")
    made = queued.submit()
    first, second = (run.run_id for run in made.runs)
    with queued.begin() as one, queued.begin() as two, queued.begin() as three:
        now = datetime.now(UTC)
        assert queue.oldest(one, queue.CPU, now=now) == first
        assert queue.oldest(two, queue.CPU, now=now) == second
        assert queue.oldest(three, queue.CPU, now=now) is None
    with queued.begin() as session:
        assert queue.oldest(session, queue.CPU, now=now) == first


def is_postgresql(queued: QueuedRuns) -> bool:
    with queued.begin() as session:
        return session.get_bind().dialect.name == "postgresql"


def raising(error: Exception) -> Callable[..., Any]:
    def run(*_: object, **__: object) -> None:
        raise error

    return run


@pytest.mark.parametrize("error", [UserError("no"), ModelLoadError("no fit"), DataUnavailableError("not there")])
def test_what_will_not_pass_fails_at_once(
    queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    made = queued.submit()
    monkeypatch.setattr(execution, "run", raising(error))
    execute(made.runs[0].run_id, queued.context)
    run = queued.now(made)[0]
    assert (run.status, run.error_class, run.error) == ("failed", type(error).__name__, str(error))
    assert "Traceback" not in queued.log(made)
    assert queued.count("scores") == 0


def test_a_fault_of_brainrank_leaves_its_traceback(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    made = queued.submit()
    monkeypatch.setattr(execution, "run", raising(ZeroDivisionError("division by zero")))
    execute(made.runs[0].run_id, queued.context)
    assert queued.now(made)[0].error_class == "ZeroDivisionError"
    assert "Traceback" in queued.log(made)


def test_what_can_pass_is_tried_again_later_and_not_for_ever(
    queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = queued.submit()
    run_id, waits = made.runs[0].run_id, []
    monkeypatch.setattr(execution, "run", raising(StorageError("the disk is full")))
    while True:
        began = datetime.now(UTC)
        execute(run_id, queued.context)
        run = queued.now(made)[0]
        if run.due_at is None:
            break
        waits.append(round((run.due_at - began).total_seconds(), -1))
        assert run.status == "queued"
        execute(run_id, queued.context)  # too early
        assert run_id not in queued.claimable()
        with queued.begin() as session:
            session.execute(text("UPDATE runs SET due_at = :then WHERE id = :id"), {"then": began, "id": run_id})
        assert run_id in queued.claimable()
    assert waits == [30, 120, 480]
    assert (run.status, run.error_class, run.attempts) == ("failed", "StorageError", MOST_ATTEMPTS)
    with queued.begin() as session:
        life_cycle.retry(session, ADA, made.number)
    monkeypatch.undo()
    execute(run_id, queued.context)
    assert queued.now(made)[0].status == "succeeded"


def test_what_is_at_work_is_cancelled_at_its_next_step(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    made = queued.submit()

    def cancelled_meanwhile(*_: object, reporter: RunReporter, **__: object) -> None:
        with queued.begin() as session:
            life_cycle.cancel(session, ADA, made.number)
        reporter.progress("extracting", 1, 2)
        raise RuntimeError("went on")

    monkeypatch.setattr(execution, "run", cancelled_meanwhile)
    execute(made.runs[0].run_id, queued.context)
    assert [run.status for run in queued.now(made)] == ["cancelled", "cancelled"]


def test_whoever_hears_a_signal_takes_the_run_that_has_waited_longest(queued: QueuedRuns) -> None:
    """A signal about the newest run, all others' lost: the oldest is worked on all the same, and so on to the last."""
    made = [queued.submit(), queued.submit()]
    lost = queued.hold(made[1].runs[0].run_id, lease_s=-1)
    order = list[int]()
    for _ in range(5):
        before = {run.run_id for each in made for run in queued.now(each) if run.status == "succeeded"}
        execute_oldest(queue.CPU, queued.context, ask=lambda _run, _others: None)
        order += {run.run_id for each in made for run in queued.now(each) if run.status == "succeeded"} - before
    assert order == [run.run_id for each in made for run in each.runs]
    assert lost.run_id in order
    assert queued.count("scores") == 4


def test_a_run_of_another_queue_is_left_to_its_workers(queued: QueuedRuns) -> None:
    made = queued.submit()
    execute_oldest(queue.GPU, queued.context, ask=lambda _run, _others: None)
    assert [run.status for run in queued.now(made)] == ["queued", "queued"]


def test_private_scores_are_on_no_leaderboard_until_they_are_published(queued: QueuedRuns) -> None:
    made = queued.submit(public=False)
    execute(made.runs[0].run_id, queued.context)
    with queued.begin() as session:
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
    queued: QueuedRuns,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    kind: str,
    words: str,
) -> None:
    caplog.set_level(
        logging.CRITICAL, logger=execution.log.name
    )  # what is no text cannot be reported by pytest's workers
    made = queued.submit()
    monkeypatch.setattr(execution, "run", Mock(side_effect=error))
    monkeypatch.setattr(execution, "MOST_ATTEMPTS", 1)
    execute(made.runs[0].run_id, queued.context)
    found = queued.now(made)[0]
    assert (found.status, found.error_class, found.error) == ("failed", kind, words)
    assert "10.0.0.7" not in queued.log(made)
    assert "/usr/lib" not in queued.log(made)
    assert str(Path(__file__).parent) not in queued.log(made)
