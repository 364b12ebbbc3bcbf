"""Images are decoded beside the network in a worker of Celery's, whose processes may have no children."""

from functools import partial
from pathlib import Path

import decoding_worker
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
MODEL = "pixels"
SCORED_WITHIN_S = 300.0  # a busy machine takes more than a minute to import torch


def test_a_prefork_worker_decodes_beside_the_network_and_scores_as_without(
    redis_server: str, migrated_sqlite: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=migrated_sqlite, broker_url=redis_server)
    environment = environment_with(
        {
            "BRAINRANK_HOME": str(settings.home),
            "BRAINRANK_DATABASE_URL": migrated_sqlite,
            "BRAINRANK_BROKER_URL": redis_server,
            **ONE_THREAD,
        }
    )
    catalogue, engine = tiny_catalogue(tmp_path), open_database(migrated_sqlite)
    begin = partial(transaction, engine)
    with begin() as session:
        made = accepted(session, ADA, Wanted(WantedModel(MODEL), (NAMES[0],), True, "", None, MODEL), catalogue)
    (waiting,) = (WaitingRun(each.run_id, each.queue) for each in made.runs)

    def state() -> tuple[str, str]:
        with begin() as session:
            found = session.execute(text("SELECT status, coalesce(error, '') FROM runs")).one()
        return found[0], found[1]

    with running(decoding_worker.__file__, tmp_path, environment=environment, folder=tmp_path):
        app = make_celery(settings)
        tell(app, [waiting])
        app.close()
        wait_until(lambda: state()[0] in {"succeeded", "failed"}, "the run's end", within_s=SCORED_WITHIN_S)
    assert state() == ("succeeded", "")
    with begin() as session:
        score = runs.find_run(session, waiting.run_id).score
    engine.dispose()
    benchmark, here = catalogue.benchmark(NAMES[0]), Locations(tmp_path / "alone")
    region = catalogue.load(benchmark, here, Silent())
    assert score == run(find_model(MODEL), benchmark, region, locations=here, device="cpu", reporter=Silent()).score
