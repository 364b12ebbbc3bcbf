"""What somebody may see of runs: everybody's, and with a token their own; of others' private ones nothing."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.repositories import queue
from brainrank.api.repositories.scores import Wanted
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import visible_runs
from brainrank.benchmark.scoring.benchmarks import Benchmark


@pytest.fixture
def benchmark(tmp_path: Path) -> Benchmark:
    return tiny_catalogue(tmp_path).benchmarks[NAMES[0]]


def caller(scope: Scope) -> Caller:
    return Caller(1, "ada", scope, 1, 1)


def test_who_sees_what() -> None:
    assert visible_runs.viewer(None) == Viewer()
    assert visible_runs.viewer(caller(Scope.SUBMIT)) == Viewer("ada", everything=False)
    assert visible_runs.viewer(caller(Scope.ADMIN)) == Viewer("ada", everything=True)


def test_a_private_run_is_as_if_it_were_not_there(session: Session, benchmark: Benchmark) -> None:
    shown, private = store(session, "a", benchmark, 0.5), store(session, "b", benchmark, 0.4, public=False)
    assert visible_runs.run(session, shown, Viewer()).model == "a"
    for number in (private, private + 1):
        for read in (
            lambda n: visible_runs.run(session, n, Viewer()),
            lambda n: visible_runs.log(session, n, Viewer(), after=0),
            lambda n: visible_runs.targets(session, n, Viewer()),
        ):
            with pytest.raises(NotFoundError, match=f"There is no run {number} that you may see"):
                read(number)
    assert visible_runs.run(session, private, Viewer(everything=True)).model == "b"


def test_a_log_goes_on_after_the_line_that_is_known(session: Session, benchmark: Benchmark) -> None:
    run = store(session, "a", benchmark, 0.5)
    for text in ("one", "two"):
        queue.add_event(session, run, queue.MESSAGE, text, now=datetime.now(UTC))
    lines = visible_runs.log(session, run, Viewer(), after=0)
    assert [each.text for each in lines][-2:] == ["one", "two"]
    assert [each.text for each in visible_runs.log(session, run, Viewer(), after=lines[-2].number)] == ["two"]


def test_targets_come_with_the_unit_of_one(session: Session, benchmark: Benchmark) -> None:
    found, unit = visible_runs.targets(session, store(session, "a", benchmark, 0.5), Viewer())
    assert (found.targets, unit) == (("n1", "n2"), "r")


def test_every_score_is_read_once_in_blocks(
    session: Session, benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [store(session, name, benchmark, 0.5) for name in "abcde"]
    for size in (1, 2, 5, 7):
        monkeypatch.setattr(visible_runs, "SCORES_AT_ONCE", size)
        found = visible_runs.every_score(lambda: nullcontext(session), Wanted(), Viewer())
        assert [each.run_id for each in found] == numbers[::-1]
