"""Worker processes that share an encoding, on real servers; two of three are killed at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import processes
import psutil
import pytest
import sharing_worker
from accepted import accepted
from processes import ONE_THREAD, Process, environment_with, kill_group
from sqlalchemy import text
from tiny_encoding import MODEL, NAME, wide_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import runs
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions.life_cycle import Wanted
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.score import Score
from brainrank.workers.app import make_celery
from brainrank.workers.app import signal as tell

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
TIMEOUT_S = 300.0


class Running(NamedTuple):
    """Three workers, their database and broker, and the study they score on."""

    begin: OpenSession
    settings: Settings
    workers: list[Process]
    catalogue: Catalogue

    def ask(self, query: str) -> list[dict[str, Any]]:
        with self.begin() as session:
            return [dict(row) for row in session.execute(text(query)).mappings()]


@pytest.fixture
def running(postgresql: str, redis_server: str, tmp_path: Path) -> Iterator[Running]:
    settings = Settings(home=tmp_path / "home", database_url=postgresql, broker_url=redis_server, lease_s=4)
    environment = environment_with(
        {
            "BRAINRANK_HOME": str(settings.home),
            "BRAINRANK_DATABASE_URL": postgresql,
            "BRAINRANK_BROKER_URL": redis_server,
            "BRAINRANK_LEASE_S": "4",
            **ONE_THREAD,
        }
    )
    engine = open_database(postgresql)
    with ExitStack() as stack:
        catalogue = wide_catalogue(tmp_path)
        program = (sharing_worker.__file__, tmp_path)
        workers = [
            stack.enter_context(processes.running(*program, environment=environment, folder=tmp_path)) for _ in range(3)
        ]
        yield Running(partial(transaction, engine), settings, workers, catalogue)
    engine.dispose()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    processes.wait_until(condition, what, within_s=TIMEOUT_S, every_s=0.01)


def submit(running: Running) -> int:
    with running.begin() as session:
        made = accepted(session, ADA, Wanted(MODEL, (), True, "", None, ""), running.catalogue)
    app = make_celery(running.settings)
    tell(app, [WaitingRun(made.runs[0].run_id, made.runs[0].queue)])
    app.close()
    return made.runs[0].run_id


def alone(running: Running, folder: Path) -> Score:
    """What the command line comes to, with a home of its own."""
    benchmark, locations = running.catalogue.benchmark(NAME), Locations(folder / "alone")
    region = running.catalogue.load(benchmark, locations, Silent())
    spec = ModelSpec(MODEL.name, MODEL.family, str(MODEL.source), layers=MODEL.layers)
    return run(spec, benchmark, region, locations=locations, device="cpu", reporter=Silent()).score


def kill_holder(running: Running, owner: str) -> None:
    """Kill the worker whose child holds a lease, and all its processes."""
    child = int(owner.split(":")[1])
    alive = [each for each in running.workers if each.poll() is None]
    (busy,) = (each for each in alive if child in {c.pid for c in psutil.Process(each.pid).children()})
    kill_group(busy)


def test_workers_are_killed_and_the_score_is_that_of_one_alone(running: Running, tmp_path: Path) -> None:
    at_work = (
        "SELECT run_parts.lease_owner AS helper, runs.lease_owner AS holder FROM run_parts "
        "JOIN runs ON runs.id = run_parts.run_id WHERE run_parts.lease_owner != runs.lease_owner"
    )
    expected = alone(running, tmp_path)
    for whom, attempts in (("helper", 1), ("holder", 2)):
        run_id = submit(running)
        seen = list[dict[str, Any]]()
        wait_until(lambda seen=seen: bool(seen.extend(running.ask(at_work)) or seen), "a helper")
        kill_holder(running, seen[0][whom])
        state = f"SELECT status, attempts FROM runs WHERE id = {run_id}"
        wait_until(lambda state=state: running.ask(state)[0]["status"] == "succeeded", "the run's end")
        assert running.ask(state)[0]["attempts"] == attempts
        assert running.ask("SELECT * FROM run_parts") == []
        with running.begin() as session:
            found = runs.find_run(session, run_id).score
        assert found == expected
        for ours, theirs in (
            (getattr(found.draws, "deviations", None), getattr(expected.draws, "deviations", None)),
            (getattr(found.per_target, "values", None), getattr(expected.per_target, "values", None)),
        ):
            assert ours is not None
            assert theirs is not None
            assert ours.tobytes() == theirs.tobytes()
