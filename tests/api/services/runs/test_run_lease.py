"""A worker's hold on a run: when it has to stop, and what its reporter writes into the run's record."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import submissions
from brainrank.api.repositories.statuses import Status
from brainrank.api.services.runs import run_lease
from brainrank.api.services.runs.failures import TimeLimitError
from brainrank.api.services.runs.run_lease import (
    CancelledError,
    LeaseLostError,
    RunLease,
    RunReporter,
    StoppingError,
    is_gone,
    keep_renewing,
    new_owner,
)
from brainrank.benchmark.types.errors import StorageError

Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """A database with a run, number 1, that `me` works on."""
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    with transaction(engine) as session:
        store(session, "pixels", tiny_catalogue(tmp_path).benchmarks[NAMES[0]], 0.5)
        until = datetime.now(UTC) + timedelta(minutes=1)
        session.execute(update(RunRow).values(status=Status.RESOLVING, lease_owner="me", lease_expires_at=until))
    yield partial(transaction, engine)
    engine.dispose()


def lease(begin: Begin, *, stopping: Callable[[], bool] = run_lease.never, limit_s: float = 60) -> RunLease:
    return RunLease(begin, 1, "me", lease_s=60, run_limit_s=limit_s, stopping=stopping)


def row(begin: Begin) -> RunRow:
    with begin() as session:
        found = session.get(RunRow, 1)
        assert found is not None
        session.expunge(found)
    return found


def change(begin: Begin, **values: object) -> None:
    with begin() as session:
        session.execute(update(RunRow).values(**values))


def test_a_lease_that_is_held_is_renewed_and_nothing_stops_the_work(begin: Begin) -> None:
    before, held = row(begin).lease_expires_at, lease(begin)
    time.sleep(0.01)
    held.renew()
    held.check()
    assert row(begin).lease_expires_at > before


def test_what_another_worker_has_is_lost_for_good(begin: Begin) -> None:
    held = lease(begin)
    change(begin, lease_owner="another")
    held.renew()
    change(begin, lease_owner="me")
    held.renew()
    with pytest.raises(LeaseLostError):
        held.check()


def test_a_wish_to_stop_is_heard_with_a_renewal(begin: Begin) -> None:
    held = lease(begin)
    change(begin, cancel_requested=True)
    held.check()
    held.renew()
    with pytest.raises(CancelledError):
        held.check()


def test_a_worker_that_is_to_stop_and_a_run_that_takes_too_long_end(begin: Begin) -> None:
    with pytest.raises(StoppingError):
        lease(begin, stopping=lambda: True).check()
    over = lease(begin, limit_s=0)
    time.sleep(0.001)
    with pytest.raises(TimeLimitError, match="stopped after 0 s, the most a run may take here"):
        over.check()


def test_a_renewal_that_fails_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lease, "HEARD_EVERY_S", 0.001)
    calls, renewed = list[int](), Event()

    def renew() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise StorageError("the database is away")
        renewed.set()

    with keep_renewing(renew, lease_s=60):
        assert renewed.wait(10)
    count = len(calls)
    time.sleep(0.02)
    assert len(calls) == count


def test_a_process_of_this_host_that_has_ended_is_gone() -> None:
    owner = new_owner()
    host, _, part = owner.rsplit(":", 2)
    assert not is_gone(owner)
    assert is_gone(f"{host}:{2**22 + 1}:{part}")
    assert not is_gone(f"elsewhere:{2**22 + 1}:{part}")


def test_progress_is_written_at_each_stage_and_not_at_each_batch(begin: Begin) -> None:
    reporter = RunReporter(lease(begin))
    reporter.progress("extracting", 1, 10)
    reporter.progress("extracting", 2, 10)
    found = row(begin)
    assert (found.status, found.progress) == (Status.EXTRACTING, {"stage": "extracting", "done": 1, "total": 10})
    reporter.progress("unpacking", 0, 3)
    assert row(begin).status == Status.EXTRACTING
    reporter.progress("scoring", 0, 3)
    assert row(begin).status == Status.SCORING


def test_a_message_names_no_place_of_this_machine(begin: Begin) -> None:
    RunReporter(lease(begin)).message("read /home/ada/weights.pth")
    with begin() as session:
        (line,) = submissions.events(session, [1], after=0)
    assert "/home/ada" not in line.text


def test_whoever_reports_for_a_lost_run_is_stopped(begin: Begin) -> None:
    change(begin, lease_owner="another")
    reporter = RunReporter(lease(begin))
    with pytest.raises(LeaseLostError):
        reporter.progress("extracting", 1, 10)
    assert row(begin).status == Status.RESOLVING
