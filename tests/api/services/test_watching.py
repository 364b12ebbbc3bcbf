"""One look for everybody who watches runs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from accepted import accepted
from sqlalchemy import Engine, event
from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import clock, queue
from brainrank.api.services import submissions, watching
from brainrank.api.services.begin import Begin
from brainrank.api.services.submissions import Wanted, WantedModel
from brainrank.api.services.tokens import Caller, Scope
from brainrank.api.services.watching import Watches

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = open_database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def begin(engine: Engine) -> Begin:
    return partial(transaction, engine)


def test_a_mark_changes_with_whatever_there_is_to_tell(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOKED_EVERY_S", 0.0)
    with begin() as session:
        wanted = Wanted(WantedModel("pixels"), (), True, "", None, "")
        made = accepted(session, ADA, wanted, tiny_catalogue(tmp_path))
    runs, watches = [run.run_id for run in made.runs], Watches(begin)
    seen = list[object]()
    with watches.watching(runs):
        for change in (None, "message", None, "cancel"):
            with begin() as session:
                if change == "message":
                    queue.add_event(session, runs[0], queue.MESSAGE, "hello", now=clock.now(session))
                if change == "cancel":
                    submissions.cancel(session, ADA, made.number)
            watches.look()
            seen.append(watches.marks(runs))
    assert seen[0] != seen[1] == seen[2] != seen[3]
    watches.look()
    assert watches.marks(runs) == (None, None)


def test_however_many_watch_there_is_one_look_at_a_time(engine: Engine, begin: Begin) -> None:
    statements, watches = list[str](), Watches(begin)
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with watches.watching([1, 2]), watches.watching([2, 3]):
        for _ in range(50):
            watches.look()
    assert len(statements) == 2
