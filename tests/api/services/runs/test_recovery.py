"""Whose turn it is to look for what was left behind, and what a look finds."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import clock, queue, sweeps
from brainrank.api.services.runs.recovery import MOST_SIGNALS, SweepsLateError, check_swept, last_sweep, sweep
from brainrank.api.services.session import OpenSession

QUEUES = (queue.CPU, queue.GPU)


@pytest.fixture
def begin(migrated_url: str) -> Iterator[OpenSession]:
    engine = open_database(migrated_url)
    yield partial(transaction, engine)
    engine.dispose()


def wait(begin: OpenSession, *queues: str) -> None:
    """Have runs wait, one in each of these queues."""
    run = "INSERT INTO runs (model_id, benchmark, benchmark_version, public, queue, status, created_at, attempts, cancel_requested) VALUES (1, 'b', 1, true, :queue, 'queued', '2026-01-01 00:00:00+00:00', 0, false)"  # noqa: E501
    model = "INSERT INTO models (id, name, family, description, spec, spec_digest, owner) VALUES (1, 'm', 'f', '', '{}', 'd', '')"  # noqa: E501
    with begin() as session:
        session.execute(text(model))
        session.execute(text(run), [{"queue": each} for each in queues])


def test_of_all_who_look_in_an_interval_one_has_the_turn(begin: OpenSession) -> None:
    gate, turns = threading.Barrier(6), list[bool]()

    def look() -> None:
        gate.wait()
        turns.append(sweep(begin, QUEUES, every_s=60).turn)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [False] * 5 + [True]
    assert sweep(begin, QUEUES, every_s=0).turn


def test_a_time_in_the_future_takes_nobodys_turn(begin: OpenSession) -> None:
    """Left by a clock that was set back since."""
    with begin() as session:
        late = clock.now(session) + timedelta(days=1)
        assert sweeps.take_turn(session, every=timedelta(seconds=60), now=late)
    assert sweep(begin, QUEUES, every_s=60).turn
    assert not sweep(begin, QUEUES, every_s=60).turn


def test_what_can_be_had_is_counted_by_queue_and_no_further_than_is_of_use(begin: OpenSession) -> None:
    wait(begin, queue.GPU, *[queue.CPU] * (MOST_SIGNALS + 5))
    assert sweep(begin, QUEUES, every_s=0).claimable == {queue.CPU: MOST_SIGNALS, queue.GPU: 1}


def test_who_has_not_the_turn_and_found_nobody_dead_counts_nothing(begin: OpenSession) -> None:
    wait(begin, queue.CPU)
    assert sweep(begin, QUEUES, every_s=60).claimable[queue.CPU] == 1
    assert sweep(begin, QUEUES, every_s=60).claimable == {}


def test_nobody_looking_is_noticed(begin: OpenSession) -> None:
    with pytest.raises(SweepsLateError, match="last looked for never"):
        check_swept(begin, within_s=10)
    sweep(begin, QUEUES, every_s=3)
    check_swept(begin, within_s=10)
    assert last_sweep(begin) is not None
    with pytest.raises(SweepsLateError, match="s ago"):
        check_swept(begin, within_s=-1)
