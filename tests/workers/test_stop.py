"""Workers that are told to stop while a model will not: they are gone within seconds, and its run is not lost."""

import os
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import graphs
import psutil
import pytest
import servers
import tiny_service
from accepted import accepted
from processes import environment_with, running, wait_until
from sqlalchemy import text
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import uploads as rows
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel, uploads
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.api.settings import Settings
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.workers.app import make_celery
from brainrank.workers.app import signal as tell
from brainrank.workers.stop import Stop

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)
STARTED_WITHIN_S = 240.0
# The child's five, and what Celery and uvicorn take to end.
STOPPED_WITHIN_S = 10.0


def test_what_is_said_is_heard_in_a_process_forked_before() -> None:
    stop = Stop()
    assert not stop.is_set()
    kept, told = os.pipe()
    child = os.fork()
    if not child:
        while not stop.is_set():
            time.sleep(0.01)
        os.write(told, b"heard")
        os._exit(0)
    stop.set()
    assert os.read(kept, 5) == b"heard"
    os.waitpid(child, 0)
    os.close(kept)
    os.close(told)


def submit(begin: OpenSession, settings: Settings, folder: Path) -> WaitingRun:
    """Submit a graph that never ends, as a file that was uploaded."""
    path, now = graphs.endless(folder / "endless.onnx"), datetime.now(UTC)
    sha256 = sha256_of(path)
    kept = settings.locations.downloads / cache_name(uploads.remote_file(UploadKind.ONNX, sha256))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(path.read_bytes())
    with begin() as session:
        row = rows.obtain(session, owner="ada", kind="onnx", sha256=sha256, size_bytes=path.stat().st_size, now=now)
        rows.mark_ready(session, row.id, contents=None, now=now)
        wanted = Wanted(WantedModel("endless", f"upload:{sha256}"), (NAMES[0],), False, "", None, "")
        (run,) = accepted(session, ADA, wanted, tiny_catalogue(folder)).runs
    return WaitingRun(run.run_id, run.queue)


@pytest.mark.parametrize(
    ("what", "by"), [("worker", signal.SIGTERM), ("worker", signal.SIGINT), ("serve", signal.SIGINT)]
)
def test_it_is_gone_within_seconds_and_the_run_waits_as_if_it_had_not_been_begun(
    request: pytest.FixtureRequest, tmp_path: Path, what: str, by: signal.Signals
) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    settings = Settings(home=tmp_path / "home", database_url=url, broker_url=None)
    environment = environment_with({"BRAINRANK_HOME": str(settings.home), "BRAINRANK_DATABASE_URL": url})
    words = [tiny_service.__file__, tmp_path, what]
    if what == "worker":
        environment["BRAINRANK_BROKER_URL"] = request.getfixturevalue("redis_server")
        settings = settings.model_copy(update={"broker_url": environment["BRAINRANK_BROKER_URL"]})
        words.append("gpu,cpu")
    else:
        words.append(str(servers.free_port()))
    engine = open_database(url)
    begin = partial(transaction, engine)

    def asked(query: str) -> object:
        with begin() as session:
            return session.execute(text(query)).scalar()

    waiting = submit(begin, settings, tmp_path)
    with running(*words, environment=environment, folder=tmp_path) as process:
        if what == "worker":
            app = make_celery(settings)
            tell(app, [waiting])
            app.close()
        begun = "SELECT count(*) FROM run_events WHERE text LIKE 'Running%'"
        wait_until(lambda: bool(asked(begun)), "the network", within_s=STARTED_WITHIN_S)
        below = psutil.Process(process.pid).children(recursive=True)
        asked_at = time.monotonic()
        process.send_signal(by)
        process.wait(60)
        took = time.monotonic() - asked_at
        psutil.wait_procs(below, timeout=5)
        assert [each for each in below if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert took < STOPPED_WITHIN_S
    assert (asked("SELECT status FROM runs"), asked("SELECT attempts FROM runs")) == ("queued", 0)
    engine.dispose()
