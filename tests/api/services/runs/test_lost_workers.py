"""Runs whose workers are lost, and workers whose runs are: who holds a run, how long, and who has it next."""

import multiprocessing
import socket
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from queued_runs import ADA, QueuedRuns

from brainrank.api.repositories import clock, queue
from brainrank.api.services.runs import execution, recovery, run_lease
from brainrank.api.services.runs.execution import MOST_ATTEMPTS, execute
from brainrank.api.services.runs.run_lease import LeaseLostError, RunReporter
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.submissions import life_cycle


def test_whose_lease_ran_out_has_lost_the_run_and_records_nothing(queued: QueuedRuns) -> None:
    made = queued.submit()
    run_id = made.runs[0].run_id
    lost = queued.hold(run_id, lease_s=-1)
    assert run_id in queued.claimable()
    execute(run_id, queued.context)
    assert queued.now(made)[0].status == "succeeded"
    with queued.begin() as session:
        assert not queue.fail(session, run_id, lost.owner, error_class="X", error="x", now=datetime.now(UTC))
    lost.renew()
    with pytest.raises(LeaseLostError):
        RunReporter(lost).message("still here")
    assert (queued.now(made)[0].status, queued.count("scores")) == ("succeeded", 1)
    assert run_id not in queued.claimable()


def test_a_run_that_is_held_is_left_alone(queued: QueuedRuns) -> None:
    made = queued.submit()
    queued.hold(made.runs[0].run_id)
    execute(made.runs[0].run_id, queued.context)
    assert queued.now(made)[0].status == "resolving"
    assert queued.claimable() == [made.runs[1].run_id]


def test_a_dead_process_of_this_machine_holds_nothing(queued: QueuedRuns) -> None:
    ended = multiprocessing.get_context("spawn").Process()
    ended.start()
    ended.join()
    made = queued.submit()
    queued.hold(made.runs[0].run_id, owner=f"{socket.gethostname()}:{ended.pid}:a")
    assert queued.claimable() == [run.run_id for run in made.runs]
    execute(made.runs[0].run_id, queued.context)
    run = queued.now(made)[0]
    assert (run.status, run.attempts) == ("succeeded", 2)


def test_a_run_whose_workers_are_lost_again_and_again_fails_in_the_end(queued: QueuedRuns) -> None:
    made = queued.submit()
    for _ in range(MOST_ATTEMPTS):
        queued.hold(made.runs[0].run_id, lease_s=-1)
    execute(made.runs[0].run_id, queued.context)
    run = queued.now(made)[0]
    assert (run.status, run.error_class) == ("failed", "WorkersLostError")


def test_what_was_to_be_cancelled_when_its_worker_was_lost_is_cancelled(queued: QueuedRuns) -> None:
    made = queued.submit()
    queued.hold(made.runs[0].run_id, lease_s=-1)
    with queued.begin() as session:
        life_cycle.cancel(session, ADA, made.number)
    assert queued.claimable() == []
    assert [run.status for run in queued.now(made)] == ["cancelled", "cancelled"]


def test_a_run_ends_at_its_time_limit(queued: QueuedRuns) -> None:
    made = queued.submit()
    hasty = WorkerContext(queued.context.machine, lease_s=60, run_limit_s=0)
    execute(made.runs[0].run_id, hasty)
    assert queued.now(made)[0].error_class == "TimeLimitError"


def test_a_lease_is_renewed_while_the_run_is_at_work(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    made = queued.submit()
    score = execution.run

    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(1.0)
        assert made.runs[0].run_id not in queued.claimable()
        return score(*given, **named)

    monkeypatch.setattr(execution, "run", slow)
    execute(made.runs[0].run_id, WorkerContext(queued.context.machine, lease_s=0.5, run_limit_s=60))
    assert queued.now(made)[0].status == "succeeded"


def test_a_clock_that_jumps_takes_no_run_from_anybody(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server's database, whose clock all go by; SQLite's is the machine's, which there is one of."""
    with queued.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("one machine, one clock")
    made = queued.submit()

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Ahead":
            return cls.fromtimestamp(time.time() + 7200, tz)

    for module in (clock, run_lease, execution, recovery):
        monkeypatch.setattr(module, "datetime", Ahead, raising=False)
    held = queued.hold(made.runs[0].run_id)
    held.renew()
    assert queued.claimable() == [made.runs[1].run_id]
    execute(made.runs[1].run_id, queued.context)
    monkeypatch.undo()
    assert queued.claimable() == []
    held.renew()
    held.check()
