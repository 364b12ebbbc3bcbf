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
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs import watch
from brainrank.api.services.runs.watch import Watches
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    made = open_database(migrated_url)
    yield made
    made.dispose()


@pytest.fixture
def begin(engine: Engine) -> OpenSession:
    return partial(transaction, engine)


def test_a_mark_changes_with_whatever_there_is_to_tell(
    begin: OpenSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOKED_EVERY_S", 0.0)
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
                    life_cycle.cancel(session, ADA, made.number)
            watches.look()
            seen.append(watches.marks(runs))
    assert seen[0] != seen[1] == seen[2] != seen[3]
    watches.look()
    assert watches.marks(runs) == (None, None)


def test_however_many_watch_there_is_one_look_at_a_time(engine: Engine, begin: OpenSession) -> None:
    statements, watches = list[str](), Watches(begin)
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with watches.watching([1, 2]), watches.watching([2, 3]):
        for _ in range(50):
            watches.look()
    assert len(statements) == 2
