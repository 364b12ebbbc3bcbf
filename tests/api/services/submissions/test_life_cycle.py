"""Submissions: what is asked for becomes a spec and runs, twice the same once; who may see, stop, repeat, show them."""

from dataclasses import replace

import pytest
from queued_runs import ADA, QueuedRuns
from sqlalchemy import text
from tiny_study import NAMES

from brainrank.api.repositories.submissions import Submission
from brainrank.api.services.access.refusals import ConflictError, NotAllowedError, NotFoundError, TooManyError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel, submit
from brainrank.benchmark.types.errors import UnknownNameError, UserError

BEN, ROOT = Caller(2, "ben", Scope.SUBMIT, 1000, 1000), Caller(3, "root", Scope.ADMIN, 1000, 1000)
WANTED = Wanted(WantedModel("pixels"), (), public=True, note="", idempotency_key=None, text="pixels")
SHA256 = "ab" * 32


def made(queued: QueuedRuns, wanted: Wanted = WANTED, *, by: Caller = ADA) -> Submission:
    with queued.begin() as session:
        return submit(session, by, wanted, queued.context.machine.catalogue, at_hand=lambda _: True).submission


def of_model(*given: str, **settings: object) -> Wanted:
    return replace(WANTED, model=replace(WantedModel(*given), **settings))


def test_a_submission_has_a_run_on_each_benchmark_that_is_at_hand(queued: QueuedRuns) -> None:
    assert [run.benchmark for run in made(queued).runs] == list(NAMES)
    with queued.begin() as session:
        found = submit(
            session, ADA, replace(WANTED, benchmarks=("tiny",)), queued.context.machine.catalogue,
            at_hand=lambda each: each.region == "it",
        )  # fmt: skip
    assert [run.benchmark for run in found.submission.runs] == [NAMES[0]]
    assert [each.name for each in found.without_files] == [NAMES[1]]


def test_the_same_key_and_request_are_the_same_submission(queued: QueuedRuns) -> None:
    keyed = replace(WANTED, idempotency_key="monday")
    assert made(queued, keyed).number == made(queued, keyed).number
    with pytest.raises(ConflictError, match="used for a submission that asked for something else"):
        made(queued, replace(keyed, text="another request"))
    assert made(queued, keyed, by=BEN).number != made(queued, keyed).number


def test_sources_without_a_network_need_no_gpu(queued: QueuedRuns) -> None:
    for name, queue in (("pixels", "cpu"), ("timm:test_resnet@random", "gpu")):
        number = made(queued, of_model(name)).number
        with queued.begin() as session:
            found = session.execute(text("SELECT DISTINCT queue FROM runs WHERE submission_id = :n"), {"n": number})
            assert found.scalars().all() == [queue]


@pytest.mark.parametrize(
    ("wanted", "kind", "message"),
    [
        (of_model("pixles"), UnknownNameError, "did you mean pixels"),
        (of_model("pixels", layers=("a",)), UserError, "Settings make another model of 'pixels'"),
        (of_model("pixels", "timm:test_resnet@random"), UserError, "pixels"),
        (of_model("net", f"upload:{SHA256}"), UserError, f"No upload of yours has the sha256 {SHA256}"),
        (of_model("net", "python:net.py"), UserError, "python"),
        (replace(WANTED, benchmarks=("nowhere",)), UnknownNameError, "Unknown benchmark or group 'nowhere'"),
    ],
)
def test_what_cannot_be_scored_is_refused_and_leaves_nothing(
    queued: QueuedRuns, wanted: Wanted, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        made(queued, wanted)
    assert queued.count("submissions") == 0


def test_who_only_reads_submits_nothing_and_a_day_has_so_many_runs(queued: QueuedRuns) -> None:
    with pytest.raises(NotAllowedError):
        made(queued, by=replace(ADA, scope=Scope.READ))
    with pytest.raises(TooManyError, match="2 runs on top of 0 within a day are more than your 1"):
        made(queued, by=replace(ADA, runs_a_day=1))
    assert queued.count("runs") == 0


def test_a_private_submission_is_its_owners_and_the_administrators(queued: QueuedRuns) -> None:
    number = made(queued, replace(WANTED, public=False)).number
    with queued.begin() as session:
        for caller in (ADA, ROOT):
            assert life_cycle.find(session, caller, number).number == number
        for caller in (BEN, None):
            with pytest.raises(NotFoundError, match=f"no submission {number} that you may see"):
                life_cycle.find(session, caller, number)
        listed = {
            who.owner: len(life_cycle.newest(session, who, mine=mine, before=None, limit=9))
            for who, mine in ((ADA, True), (BEN, False), (ROOT, False))
        }
    assert listed == {"ada": 1, "ben": 0, "root": 1}


def test_its_owner_alone_stops_repeats_and_shows_it(queued: QueuedRuns) -> None:
    number = made(queued).number
    catalogue = queued.context.machine.catalogue
    with queued.begin() as session:
        for change in (life_cycle.cancel, life_cycle.retry):
            with pytest.raises(NotFoundError, match="somebody else's; only its owner can change it"):
                change(session, BEN, number)
        with pytest.raises(ConflictError, match="failed or was cancelled .queued.; there is none to retry"):
            life_cycle.retry(session, ADA, number)
        stopped = life_cycle.cancel(session, ADA, number)
        assert {run.status for run in stopped.runs} == {"cancelled"}
        assert life_cycle.is_finished(stopped)
        again = life_cycle.retry(session, ADA, number)
        assert {run.status for run in again.runs} == {"queued"}
        assert not life_cycle.is_finished(again)
        assert not life_cycle.set_public(session, ADA, number, public=False).public
        assert life_cycle.publish(session, ADA, number, catalogue).public
        first = life_cycle.events(session, again, limit=1)
        rest = life_cycle.events(session, again, after=first[0].number)
        assert {each.number for each in first}.isdisjoint(each.number for each in rest)
