"""What the queue gpu extracted is scored by the queue cpu, from the store; where nobody can, by the queue gpu."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from queued_runs import ADA, QueuedRuns
from sqlalchemy import select, text

from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import clock, listening, queue, runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.repositories.submissions import RunState, Submission
from brainrank.api.services.runs import hand_over
from brainrank.api.services.runs.execution import execute_oldest
from brainrank.api.services.runs.hand_over import HEARD_WITHIN_S, say_listening, store_name
from brainrank.api.services.runs.recovery import sweep
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.submissions import life_cycle
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.locations import Locations


class Two(NamedTuple):
    """A worker of the queue gpu and one of cpu, which can have no network, on one store."""

    queued: QueuedRuns
    gpu: WorkerContext
    cpu: WorkerContext
    woken: list[str]

    def submit(self) -> Submission:
        """Two runs of a model that wait for the queue gpu."""
        made = self.queued.submit()
        self.sql("UPDATE runs SET queue = 'gpu'")
        return made

    def hear(self, name: str = queue.CPU, store: str | None = None) -> None:
        machine = self.cpu.machine
        say_listening(self.queued.begin, [name], store or store_name(machine.extraction, machine.locations))

    def work(self, name: str, context: WorkerContext) -> None:
        execute_oldest(name, context, ask=lambda _run, _others: None, wake=self.woken.append)

    def first(self, made: Submission) -> RunState:
        return self.queued.now(made)[0]

    def score(self, made: Submission) -> StoredRun:
        with self.queued.begin() as session:
            return runs.find_run(session, made.runs[0].run_id)

    def sql(self, statement: str, **values: Any) -> None:
        with self.queued.begin() as session:
            session.execute(text(statement), values)

    def rewrite(self, **changed: Any) -> None:
        """Change what was written down of what waits to be scored."""
        with self.queued.begin() as session:
            for row in session.scalars(select(RunRow).where(RunRow.extracted.is_not(None))):
                row.extracted = {**(row.extracted or {}), **changed}


def refuse(*_: object, **__: object) -> Any:
    raise AssertionError("a network where there is none")


@pytest.fixture
def two(queued: QueuedRuns) -> Two:
    context = partial(WorkerContext, lease_s=60, run_limit_s=60)
    machine = queued.context.machine
    return Two(queued, context(machine, hands_over=True), context(machine._replace(resolve=refuse)), [])


def test_what_was_extracted_is_scored_elsewhere_without_a_network_to_the_same_bits(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    run = two.first(made)
    assert (run.status, run.queue, run.attempts, run.progress) == ("queued", queue.CPU, 0, None)
    assert [stage for stage, _ in run.stages][-1] == "queued"
    assert "1 layers are in the store, extracted on" in two.queued.log(made)
    assert two.woken == [queue.CPU]
    assert two.queued.count("scores") == 0
    two.work(queue.CPU, two.cpu)
    found = two.score(made)
    run = two.first(made)
    assert (run.status, run.attempts) == ("succeeded", 1)
    assert two.queued.now(made)[1].status == "queued"

    alone = two.queued.submit()
    two.sql("UPDATE runs SET queue = 'elsewhere' WHERE submission_id = :made", made=made.number)
    two.work(queue.CPU, two.queued.context)
    expected = two.score(alone)
    assert found.score == expected.score
    assert found.score.draws is not None
    assert expected.score.draws is not None
    assert np.array_equal(found.score.draws.deviations, expected.score.draws.deviations, equal_nan=True)
    assert json.dumps(found.receipt) == json.dumps(expected.receipt)
    with two.queued.begin() as session:
        seconds = session.execute(text("SELECT seconds, extracted FROM runs ORDER BY id")).first()
    assert seconds is not None
    assert "extracting" in str(seconds.seconds)
    assert seconds.extracted is None


def test_a_run_that_was_handed_over_comes_before_those_that_were_submitted_later(two: Two) -> None:
    made = two.submit()
    two.hear()
    later = two.queued.submit()
    two.work(queue.GPU, two.gpu)
    two.work(queue.CPU, two.cpu)
    assert two.first(made).status == "succeeded"
    assert two.first(later).status == "queued"


def test_what_its_card_scores_is_not_handed_over(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def on_the_card(_metric: object, _region: object, requested: str) -> str:
        asked.append(requested)
        return "a card"

    monkeypatch.setattr("brainrank.api.services.runs.execution.scoring_device", on_the_card)
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    run = two.first(made)
    assert (run.status, run.queue) == ("succeeded", queue.GPU)
    assert asked == [two.gpu.machine.device]


@pytest.mark.parametrize("heard", ["nobody", "another store", "long ago", "the same queue"])
def test_where_nobody_can_score_it_a_lone_worker_does(two: Two, heard: str) -> None:
    made = two.submit()
    if heard == "another store":
        two.hear(store="s3://elsewhere")
    elif heard == "the same queue":
        two.hear(queue.GPU)
    elif heard == "long ago":
        two.hear()
        with two.queued.begin() as session:
            then = clock.now(session) - timedelta(seconds=HEARD_WITHIN_S + 5)
        two.sql("UPDATE listening SET heard_at = :then", then=then)
    two.work(queue.GPU, two.gpu)
    assert (two.first(made).status, two.woken) == ("succeeded", [])


def test_a_worker_of_both_queues_scores_what_it_extracted(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.queued.context)
    assert two.first(made).status == "succeeded"


@pytest.mark.parametrize("fault", ["the layers are gone", "another version of the code"])
def test_what_cannot_be_scored_elsewhere_is_extracted_anew_and_scored_where_that_was(two: Two, fault: str) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    if fault == "the layers are gone":
        for entry in two.cpu.machine.locations.activations.rglob("*.npz"):
            entry.unlink()
    else:
        two.rewrite(code_version="another")
    two.work(queue.CPU, two.cpu)
    run = two.first(made)
    assert (run.status, run.queue, run.attempts) == ("queued", queue.GPU, 1)
    assert run.due_at is not None
    assert "EvidenceGoneError" in two.queued.log(made)
    two.sql("UPDATE runs SET due_at = NULL")
    two.work(queue.GPU, two.gpu)
    run = two.first(made)
    assert (run.status, run.attempts, two.woken) == ("succeeded", 2, [queue.CPU])


def test_where_the_last_of_the_queue_cpu_has_gone_the_queue_gpu_scores_from_the_store(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    sweep(two.queued.begin, [queue.CPU], every_s=0)
    assert two.first(made).queue == queue.CPU
    two.sql("DELETE FROM listening")
    assert sweep(two.queued.begin, [queue.CPU, queue.GPU], every_s=0).claimable == {queue.CPU: 0, queue.GPU: 2}
    assert two.first(made).queue == queue.GPU
    two.hear()
    two.work(queue.GPU, WorkerContext(two.cpu.machine, lease_s=60, run_limit_s=60, hands_over=True))
    assert two.first(made).status == "succeeded"


def test_cancelled_while_it_waits_to_be_scored_and_retried_it_is_scored_from_the_store(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    with two.queued.begin() as session:
        life_cycle.cancel(session, ADA, made.number)
    two.work(queue.CPU, two.cpu)
    assert [run.status for run in two.queued.now(made)] == ["cancelled", "cancelled"]
    with two.queued.begin() as session:
        life_cycle.retry(session, ADA, made.number)
    two.work(queue.CPU, two.cpu)
    assert two.first(made).status == "succeeded"


def test_lost_by_who_scores_it_it_is_scored_by_the_next_of_the_queue_cpu(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    two.queued.hold(made.runs[0].run_id, lease_s=-1)
    two.work(queue.GPU, two.gpu)  # takes the other
    assert two.first(made).status == "resolving"
    two.work(queue.CPU, two.cpu)
    assert (two.first(made).status, two.first(made).attempts) == ("succeeded", 2)


def test_a_lease_that_was_lost_while_it_extracted_hands_nothing_over(two: Two) -> None:
    made = two.submit()
    run_id = made.runs[0].run_id
    with two.queued.begin() as session:
        assert not queue.hand_over(session, run_id, "lost:1:a", {"layers": []}, now=clock.now(session))
    assert (two.first(made).queue, two.queued.count("run_events")) == (queue.GPU, 2)


def test_what_extracting_took_counts_towards_what_a_run_may_take(two: Two) -> None:
    made = two.submit()
    two.hear()
    two.work(queue.GPU, two.gpu)
    two.rewrite(seconds=20.0)
    two.work(queue.CPU, two.cpu)
    assert two.first(made).status == "succeeded"
    two.work(queue.GPU, two.gpu)
    two.rewrite(seconds=60.1)
    two.work(queue.CPU, two.cpu)
    run = two.queued.now(made)[1]
    assert (run.status, run.error_class) == ("failed", "TimeLimitError")


def test_those_who_listen_say_so_seldom(two: Two) -> None:
    for _ in range(3):
        two.hear(store="s3://one")
    query = text("SELECT queue, store, heard_at FROM listening")
    with two.queued.begin() as session:
        (first,) = session.execute(query).all()
        now = clock.now(session)
        listening.say(session, queue.CPU, "s3://one", every=timedelta(seconds=10), now=now + timedelta(seconds=11))
    with two.queued.begin() as session:
        (second,) = session.execute(query).all()
    assert str(second.heard_at) > str(first.heard_at)


def test_a_folder_has_one_name_whatever_it_is_called_and_a_url_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "activations").mkdir(parents=True)
    there.symlink_to(here)

    def name(home: Path) -> str:
        return store_name(DEFAULT_EXTRACTION, Locations(home))

    assert name(here) == name(there) != name(tmp_path / "another")
    assert store_name(Extraction(store_url="s3://bucket/x/"), Locations(here)) == "s3://bucket/x"
    assert store_name(Extraction(store_url=str(here / "activations")), Locations(tmp_path)) == name(here)
    monkeypatch.setattr(hand_over, "NAMED_WITHIN_S", 0.05)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / hand_over.STORE_NAME).touch()
    with pytest.raises(StorageError, match="is empty; remove it"):
        store_name(Extraction(store_url=str(empty)), Locations(tmp_path))
