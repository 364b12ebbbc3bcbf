"""A worker process of the queue gpu extracts, one of cpu scores: real ones, on real servers."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import tiny_service
from accepted import accepted
from processes import ONE_THREAD, environment_with, running, wait_until
from sqlalchemy import text
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import runs
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.workers.app import make_celery
from brainrank.workers.app import signal as tell

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
MODEL = "timm:test_resnet@random"
WITHIN_S = 300.0  # a busy machine takes more than a minute to import torch


def test_one_extracts_another_scores_and_the_score_is_that_of_one_alone(
    postgresql: str, redis_server: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=postgresql, broker_url=redis_server)
    environment = environment_with(
        {
            "BRAINRANK_HOME": str(settings.home),
            "BRAINRANK_DATABASE_URL": postgresql,
            "BRAINRANK_BROKER_URL": redis_server,
            **ONE_THREAD,
        }
    )
    catalogue, engine = tiny_catalogue(tmp_path), open_database(postgresql)
    begin = partial(transaction, engine)

    def ask(query: str) -> list[str]:
        with begin() as session:
            return list(session.execute(text(query)).scalars())

    with ExitStack() as stack:
        for queue in ("cpu", "gpu"):
            stack.enter_context(
                running(tiny_service.__file__, tmp_path, "worker", queue, environment=environment, folder=tmp_path)
            )
            wait_until(lambda queue=queue: queue in ask("SELECT queue FROM listening"), queue, within_s=WITHIN_S)
        with begin() as session:
            made = accepted(session, ADA, Wanted(WantedModel(MODEL), (NAMES[0],), True, "", None, MODEL), catalogue)
        assert made.runs[0].queue == "gpu"
        app = make_celery(settings)
        tell(app, [WaitingRun(each.run_id, each.queue) for each in made.runs])
        app.close()
        unfinished = "SELECT status FROM runs WHERE finished_at IS NULL"
        wait_until(lambda: not ask(unfinished), "the run's end", within_s=WITHIN_S)
    assert ask("SELECT coalesce(error, status) FROM runs") == ["succeeded"]
    assert ask("SELECT queue FROM runs") == ["cpu"]
    with begin() as session:
        found = runs.find_run(session, made.runs[0].run_id)
    engine.dispose()
    benchmark, here = catalogue.benchmark(NAMES[0]), Locations(tmp_path / "alone")
    region = catalogue.load(benchmark, here, Silent())
    alone = run(find_model(MODEL), benchmark, region, locations=here, device="cpu", reporter=Silent())
    assert found.score == alone.score
    assert found.receipt["layers"] == list(alone.receipt.layers)
    assert found.receipt["device"] == "cpu"
