"""A run that needs what another worker computes lets others go first, and goes on when it is there."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from queued_runs import QueuedRuns
from sqlalchemy import text

from brainrank.api.repositories import clock, queue
from brainrank.api.repositories.statuses import Status
from brainrank.api.repositories.submissions import Submission
from brainrank.api.services.runs import execution, run_lease
from brainrank.api.services.runs.execution import LONGEST_BEHIND_S, execute, execute_oldest
from brainrank.api.services.runs.recovery import sweep
from brainrank.api.services.runs.run_lease import ComputedElsewhereError, RunLease, RunReporter, new_owner
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.reporter import Holder
from brainrank.models_zoo.load import resolve

ENDED_WITHIN_S, MINUTE = 60.0, timedelta(minutes=1)


class Gate:
    """Networks that are built once they may be, in the thread that is to wait."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def resolve(self, *given: Any) -> Any:
        found = resolve(*given)
        build = found.build

        def slowly() -> Any:
            self.reached.set()
            assert self.open.wait(ENDED_WITHIN_S)
            if self.error is not None:
                raise self.error
            return build()

        object.__setattr__(found, "build", slowly)
        return found


@contextmanager
def computing(queued: QueuedRuns, gate: Gate, run_id: int) -> Iterator[threading.Thread]:
    """A worker that has come to the network of this run."""
    slow = WorkerContext(queued.context.machine._replace(resolve=gate.resolve), lease_s=60, run_limit_s=600)
    worker = threading.Thread(target=execute, args=(run_id, slow))
    worker.start()
    try:
        assert gate.reached.wait(ENDED_WITHIN_S)
        yield worker
    finally:
        gate.open.set()
        worker.join(ENDED_WITHIN_S)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience is short here, and who works in the main thread is another process."""
    monkeypatch.setattr(run_lease, "PATIENCE_S", 0.1)
    main = threading.main_thread()
    monkeypatch.setattr(
        execution, "new_owner", lambda: "elsewhere:1:b" if threading.current_thread() is main else new_owner()
    )


def work(queued: QueuedRuns) -> None:
    execute_oldest(queue.CPU, queued.context, ask=lambda _run, _others: None)


def statuses(queued: QueuedRuns, made: Submission) -> list[str]:
    return [str(run.status) for run in queued.now(made)]


def claims(queued: QueuedRuns, run_id: int) -> int:
    with queued.begin() as session:
        query = text("SELECT count(*) FROM run_events WHERE run_id = :run AND text = 'resolving'")
        return int(session.execute(query, {"run": run_id}).scalar_one())


def test_while_a_run_waits_for_another_of_its_model_a_third_is_done(queued: QueuedRuns) -> None:
    made, other, gate = queued.submit("pixels"), queued.submit("gabor"), Gate()
    first, second = made.runs
    with computing(queued, gate, first.run_id):
        began = time.monotonic()
        work(queued)
        assert statuses(queued, other) == ["succeeded", "queued"]
        waiting = queued.now(made)[1]
        assert (waiting.status, waiting.attempts) == ("queued", 0)
        assert waiting.due_at is not None
        assert LONGEST_BEHIND_S - 60 < (waiting.due_at - datetime.now(UTC)).total_seconds() <= LONGEST_BEHIND_S
        assert f"Run {first.run_id} extracts what this one needs" in queued.log(made)
        work(queued)
        work(queued)
        assert statuses(queued, other) == ["succeeded", "succeeded"]
        assert claims(queued, second.run_id) == 1  # it is not taken again and again
        assert queued.claimable() == []
        assert time.monotonic() - began < ENDED_WITHIN_S
    assert statuses(queued, made) == ["succeeded", "queued"]
    assert queued.claimable() == [second.run_id]
    work(queued)
    run = queued.now(made)[1]
    assert (run.status, run.attempts) == ("succeeded", 1)
    assert "Running pixels" in queued.log(made)
    assert queued.log(made).count("Running pixels") == 1


def test_where_the_other_fails_the_one_that_waited_computes(queued: QueuedRuns) -> None:
    made, gate = queued.submit(), Gate()
    gate.error = ModelLoadError("no fit")
    with computing(queued, gate, made.runs[0].run_id):
        work(queued)
        assert statuses(queued, made)[1] == "queued"
    assert queued.claimable() == [made.runs[1].run_id]
    work(queued)
    assert statuses(queued, made) == ["failed", "succeeded"]


def test_behind_a_run_that_is_lost_and_taken_up_again_one_goes_on_waiting(queued: QueuedRuns) -> None:
    made = queued.submit()
    first, second = (run.run_id for run in made.runs)
    queued.hold(first, lease_s=-1)
    hold = queued.hold(second, "elsewhere:2:b")
    with queued.begin() as session:
        assert queue.wait_behind(session, second, hold.owner, first, at_most=MINUTE, now=clock.now(session))
    assert queued.claimable() == [first]
    queued.hold(first, "elsewhere:3:c")
    assert queued.claimable() == []
    with queued.begin() as session:
        assert queue.show_progress(session, first, "elsewhere:3:c", status=Status.SCORING, progress={}) is False
    assert queued.claimable() == [second]


@pytest.mark.parametrize("ended", ["succeeded", "failed", "cancelled", "queued", "scoring"])
def test_whatever_becomes_of_the_other_the_one_behind_it_is_due(queued: QueuedRuns, ended: str) -> None:
    made = queued.submit()
    first, second = (run.run_id for run in made.runs)
    queued.hold(first)
    hold = queued.hold(second, "elsewhere:2:b")
    with queued.begin() as session:
        queue.wait_behind(session, second, hold.owner, first, at_most=MINUTE, now=clock.now(session))
        session.execute(
            text("UPDATE runs SET status = :status, due_at = :late WHERE id = :first"),
            {"status": ended, "first": first, "late": clock.now(session) + 10 * MINUTE},
        )
    sweep(queued.begin, [queue.CPU], every_s=0)
    assert second in queued.claimable()


def test_a_run_waits_where_no_run_of_the_service_computes_what_it_needs(queued: QueuedRuns) -> None:
    """A command line on the same store, say: nobody would tell when it is done."""
    made = queued.submit()
    hold = queued.hold(made.runs[1].run_id, "elsewhere:2:b")
    reporter, elsewhere = RunReporter(hold), Holder("elsewhere", 1)
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        reporter.waiting(elsewhere)
        time.sleep(0.02)
    queued.hold(made.runs[0].run_id, "elsewhere:1:a")
    with pytest.raises(ComputedElsewhereError) as told:
        wait_long(reporter, elsewhere)
    assert told.value.run_id == made.runs[0].run_id


def test_another_holder_is_waited_for_anew(queued: QueuedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lease, "PATIENCE_S", 30.0)
    made = queued.submit()
    queued.hold(made.runs[0].run_id, "elsewhere:1:a")
    reporter = RunReporter(queued.hold(made.runs[1].run_id, "elsewhere:2:b"))
    for number in range(20):
        reporter.waiting(Holder("elsewhere", 1 + number % 2))


def test_a_lease_that_was_lost_lets_nothing_wait(queued: QueuedRuns) -> None:
    made = queued.submit()
    first, second = (run.run_id for run in made.runs)
    queued.hold(first)
    lost = RunLease(queued.begin, second, "lost:1:a", lease_s=60, run_limit_s=60)
    with queued.begin() as session:
        now = clock.now(session)
        assert not queue.wait_behind(session, second, lost.owner, first, at_most=MINUTE, now=now)
    assert queued.claimable() == [second]


def wait_long(reporter: RunReporter, holder: Holder) -> None:
    deadline = time.monotonic() + ENDED_WITHIN_S
    while time.monotonic() < deadline:
        reporter.waiting(holder)
        time.sleep(0.02)
