"""An encoding shared by workers: the bits of `run`, whoever does what, and whoever is lost."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from accepted import accepted
from sqlalchemy import text
from tiny_encoding import MODEL, N_PARTS, NAME, SMALL, wide_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import parts, runs
from brainrank.api.repositories.parts import Part
from brainrank.api.repositories.queue import Lease
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs.execution import execute
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.shared_encoding import Claims, PartSize, assist
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions.life_cycle import Wanted
from brainrank.benchmark.scoring.run import RunResult, run
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


class QueuedEncodings(NamedTuple):
    begin: OpenSession
    machine: Machine

    def context(self, size: PartSize = SMALL) -> WorkerContext:
        return WorkerContext(self.machine, lease_s=60, run_limit_s=60, part_size=size)

    def submit(self) -> int:
        wanted = Wanted(MODEL, (), True, "", None, "")
        with self.begin() as session:
            made = accepted(session, ADA, wanted, self.machine.catalogue)
        return made.runs[0].run_id

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.begin() as session:
            return [tuple(row) for row in session.execute(text(query))]


@pytest.fixture(scope="module")
def machine_without_database(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("wide")
    return Machine(wide_catalogue(folder), None, Locations(folder / "home"), "cpu", DEFAULT_EXTRACTION)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def alone(machine_without_database: Machine) -> RunResult:
    """What `run` comes to, with nobody to share with."""
    machine = machine_without_database
    benchmark = machine.catalogue.benchmark(NAME)
    region = machine.catalogue.load(benchmark, machine.locations, Silent())
    spec = ModelSpec(MODEL.name, MODEL.family, str(MODEL.source), layers=MODEL.layers)
    return run(spec, benchmark, region, locations=machine.locations, device="cpu", reporter=Silent())


@contextmanager
def opened(migrated_url: str, machine: Machine) -> Iterator[QueuedEncodings]:
    engine = open_database(migrated_url)
    begin = partial(transaction, engine)
    yield QueuedEncodings(begin, machine._replace(begin=begin))
    engine.dispose()


@pytest.fixture
def queued(migrated_sqlite: str, machine_without_database: Machine) -> Iterator[QueuedEncodings]:
    with opened(migrated_sqlite, machine_without_database) as made:
        yield made


@pytest.fixture
def queued_anywhere(migrated_url: str, machine_without_database: Machine) -> Iterator[QueuedEncodings]:
    """On each kind of database."""
    with opened(migrated_url, machine_without_database) as made:
        yield made


def assert_same(queued: QueuedEncodings, run_id: int, alone: RunResult) -> None:
    with queued.begin() as session:
        found = runs.find_run(session, run_id).score
    assert found == alone.score
    for ours, theirs in (
        (getattr(found.draws, "deviations", None), getattr(alone.score.draws, "deviations", None)),
        (getattr(found.per_target, "values", None), getattr(alone.score.per_target, "values", None)),
    ):
        assert ours is not None
        assert theirs is not None
        assert ours.tobytes() == theirs.tobytes()
    assert queued.rows("SELECT * FROM run_parts") == []


def test_with_nobody_to_help_the_parts_come_to_the_bits_of_the_whole(queued: QueuedEncodings, alone: RunResult) -> None:
    asked, run_id = list[int](), queued.submit()
    execute(run_id, queued.context(), ask=asked.append)
    assert np.isfinite(alone.score.value)
    assert asked == [N_PARTS - 1]
    assert_same(queued, run_id, alone)


def test_what_is_little_work_is_not_shared(queued: QueuedEncodings, alone: RunResult) -> None:
    asked, run_id = list[int](), queued.submit()
    execute(run_id, queued.context(PartSize()), ask=asked.append)
    assert asked == []
    assert_same(queued, run_id, alone)


def test_several_at_once_come_to_the_same_bits(queued_anywhere: QueuedEncodings, alone: RunResult) -> None:
    run_id, owners, all_at_work = queued_anywhere.submit(), set[str](), threading.Barrier(3, timeout=60)

    def ask(n_others: int) -> None:
        for _ in range(min(n_others, 2)):
            helper = threading.Thread(target=assist, args=(run_id, queued_anywhere.context()))
            helper.start()
            helpers.append(helper)

    helpers = list[threading.Thread]()
    work = Claims.work

    def seen(self: Claims, *arguments: object) -> bool:
        if self.owner not in owners:
            owners.add(self.owner)
            all_at_work.wait()
        return work(self, *arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Claims, "work", seen)
        execute(run_id, queued_anywhere.context(), ask=ask)
        for helper in helpers:
            helper.join()
    assert len(owners) == 3
    assert_same(queued_anywhere, run_id, alone)


def test_what_a_dead_worker_had_is_taken_by_another_and_what_it_did_stays(
    queued_anywhere: QueuedEncodings, alone: RunResult
) -> None:
    ended = multiprocessing.get_context("spawn").Process()
    ended.start()
    ended.join()
    run_id = queued_anywhere.submit()

    def take_and_die(_n_others: int) -> None:
        """One part is done by a helper; another is held by a process that is no more, a third by a lost one."""
        now, soon = datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=60)
        examine = queued_anywhere.context().examiner(run_id)
        with queued_anywhere.begin() as session:
            shared = parts.find_shared(session, run_id)
        assert shared is not None
        version = queued_anywhere.context().code_version(shared)
        done = Claims(queued_anywhere.begin, run_id, "elsewhere:1:a", 60, version)
        taken = done.take()
        assert taken is not None
        assert done.work(taken.part, lambda: examine(taken))
        with queued_anywhere.begin() as session:
            for lease in (
                Lease(f"{socket.gethostname()}:{ended.pid}:a", soon),
                Lease("elsewhere:2:a", now - timedelta(seconds=1)),
            ):
                assert parts.claim(session, run_id, version, lease, now=now) is not None

    execute(run_id, queued_anywhere.context(), ask=take_and_die)
    assert_same(queued_anywhere, run_id, alone)


def test_a_run_that_is_begun_again_goes_on_where_its_worker_was_lost(queued: QueuedEncodings, alone: RunResult) -> None:
    run_id, laid_out = queued.submit(), [Part(number, "1", "a" * 64, 0, 10) for number in range(3)]
    with queued.begin() as session:
        parts.lay_out(session, run_id, laid_out)
        parts.finish(session, run_id, laid_out[0], b"done")
        parts.finish(session, run_id, laid_out[1]._replace(code_version="0"), b"by other code")
        parts.lay_out(session, run_id, laid_out)
        assert parts.results(session, run_id) == [b"done"]
        parts.lay_out(session, run_id, laid_out[:2])
        assert parts.results(session, run_id) == []
    execute(run_id, queued.context())
    assert_same(queued, run_id, alone)


def test_a_helper_without_the_layer_leaves_the_part_to_others(
    queued: QueuedEncodings, alone: RunResult, tmp_path: Path
) -> None:
    run_id = queued.submit()
    apart = WorkerContext(queued.machine._replace(locations=Locations(tmp_path)), lease_s=60, run_limit_s=60)
    execute(run_id, queued.context(), ask=lambda _: assist(run_id, apart))
    assert_same(queued, run_id, alone)


def test_a_helper_by_other_code_takes_no_part(
    queued: QueuedEncodings, alone: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, helper, taken = queued.submit(), queued.context(), list[int]()
    monkeypatch.setattr(helper, "code_version", lambda _: "0.0.1+other")
    monkeypatch.setattr(helper, "examiner", lambda _: lambda held: taken.append(held.part.number))
    execute(run_id, queued.context(), ask=lambda _: assist(run_id, helper))
    assert taken == []
    assert_same(queued, run_id, alone)


def test_a_fault_of_a_helper_is_in_the_log_and_harms_nothing(
    queued: QueuedEncodings, alone: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no more")

    run_id, helper = queued.submit(), queued.context()
    monkeypatch.setattr(helper, "examiner", lambda _: broken)
    execute(run_id, queued.context(), ask=lambda _: assist(run_id, helper))
    assert_same(queued, run_id, alone)
    said = queued.rows("SELECT text FROM run_events WHERE kind = 'message'")
    assert ("Another worker could not help: MemoryError: no more",) in said


def test_a_run_that_has_ended_has_nothing_to_help_with(queued: QueuedEncodings) -> None:
    run_id = queued.submit()
    with queued.begin() as session:
        parts.lay_out(session, run_id, [Part(0, "1", "a" * 64, 0, 10)])
    assist(run_id, queued.context())  # it waits: nobody at work on it asked
    assert queued.rows("SELECT result, lease_owner FROM run_parts") == [(None, None)]
