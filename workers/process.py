"""A worker process: `brainrank worker`, or one of those that `brainrank serve --workers N` starts."""

import os
import socket
from collections.abc import Sequence
from functools import partial

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down
from celery.utils.log import get_task_logger

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.queue import CPU
from brainrank.api.services.runs.hand_over import say_listening, store_name
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.settings import Settings
from brainrank.benchmark.cell.enclosure import missing
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.workers.app import BOARDS, QUEUES, make_celery
from brainrank.workers.stop import Stop
from brainrank.workers.sweeper import Sweeper
from brainrank.workers.tasks import add_tasks

ANSWER_TIMEOUT_S = 5.0
# Work and the renewing of its lease seldom meet; a server has few connections, and a service many workers.
CONNECTIONS = 1

log = get_task_logger(__name__)


class WorkerSilentError(BrainrankError):
    """A worker that does not answer."""


def working_celery(settings: Settings, *, device: str, stop: Stop, queues: Sequence[str] = QUEUES) -> Celery:
    """The application with its tasks, which work on the settings' database and on this device until told to stop."""
    app = make_celery(settings)
    add_tasks(app, partial(open_context, settings, device=device, stop=stop, queues=queues))
    return app


def open_context(settings: Settings, *, device: str, stop: Stop, queues: Sequence[str]) -> WorkerContext:
    """What runs are worked on with: strangers' models in a cell, whose start is not waited for.

    Who does not listen to the queue cpu hands over to those who do.
    """
    cell = settings.cell(device=device)
    cell.start()
    machine = Machine(
        # Not the packages of this home: what a lab added for itself is nobody else's to list or to score on.
        catalogue=built_in(),
        begin=partial(transaction, open_database(settings.effective_database_url, kept=CONNECTIONS)),
        locations=settings.locations,
        device=device,
        extraction=settings.extraction(),
        cell=cell,
    )
    return WorkerContext(
        machine,
        lease_s=settings.lease_s,
        run_limit_s=settings.run_limit_s,
        stopping=stop.is_set,
        hands_over=CPU not in queues,
    )


def work_forever(settings: Settings, *, queues: Sequence[str], device: str) -> None:
    """Work on these queues until told to stop (SIGTERM puts the run at hand back, for another worker to begin anew).

    Besides, in a thread, what dead workers left is looked for. Whoever takes the queue cpu computes leaderboards, too.

    One process beside the one that listens, so that a run which kills it takes nothing with it. Raises UserError
    without a broker: nobody could send this process anything.
    """
    _require_broker(settings)
    stop = Stop()
    app = working_celery(settings, device=device, stop=stop, queues=queues)
    sweep_beside(app, settings, queues)
    worker_ready.connect(say_what_cells_lack, weak=False)

    def shutting_down(**_about: object) -> None:
        stop.set()

    worker_shutting_down.connect(shutting_down, weak=False)
    app.worker_main(
        [
            "worker",
            f"--queues={','.join([*queues, *([BOARDS] if CPU in queues else [])])}",
            "--pool=prefork",
            "--concurrency=1",
            f"--hostname=worker-{os.getpid()}@%h",  # several on one host need names of their own
            "--without-mingle",
            "--without-gossip",
            "--loglevel=INFO",
        ]
    )


def sweep_beside(app: Celery, settings: Settings, queues: Sequence[str]) -> None:
    """Have what was left behind looked for in a thread of the process that listens, from when it does.

    It says, too, which queues this is, and which store of activations is here.
    """

    def open_begin() -> OpenSession:
        # No connection is kept: this process forks others that work, which would have it, too.
        return partial(transaction, open_database(settings.effective_database_url, kept=0))

    def say(begin: OpenSession) -> None:
        say_listening(begin, queues, store_name(settings.extraction(), settings.locations))

    sweeper = Sweeper(app, open_begin, lease_s=settings.lease_s, say=say)
    worker_ready.connect(lambda **_: sweeper.start(), weak=False)
    worker_shutting_down.connect(lambda **_: sweeper.stop(), weak=False)


def say_what_cells_lack(**_about: object) -> None:
    """Say as soon as there is a worker, and before it has a run, what models are not held back by on this machine."""
    for each in missing():
        log.warning("Models run in cells here that lack something: %s", each)


def check_worker(settings: Settings) -> None:
    """Raise WorkerSilentError unless a worker of this host answers; it does so while it works, too."""
    _require_broker(settings)
    workers = f"*@{socket.gethostname()}"
    answers = make_celery(settings).control.ping(timeout=ANSWER_TIMEOUT_S, pattern=workers, matcher="glob", limit=1)
    if not answers:
        raise WorkerSilentError(f"No worker of {workers} answers within {ANSWER_TIMEOUT_S:.0f} s; look into its log")


def _require_broker(settings: Settings) -> None:
    if settings.broker_url is None:
        raise UserError(
            "Processes hear of work by a broker; set BRAINRANK_BROKER_URL, as redis://HOST:6379/0, to the same as the "
            "service's (brainrank serve without one works by itself)"
        )
