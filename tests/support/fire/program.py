"""`serve PORT FOLDER` or `worker FOLDER`: the service's processes on the tiny study.

With FIRE_RUN_S runs take as many seconds and nothing else; without it models are run, in cells.
"""

import os
import signal
import socket
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.runs import execution
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.settings import Settings
from brainrank.workers.app import make_celery
from brainrank.workers.process import sweep_beside
from brainrank.workers.tasks import add_tasks
from fire.cheap import costing

DEADLY = "die-before-the-next-signal"


def serve(port: int, folder: Path) -> None:
    import uvicorn

    from brainrank.api.app import create_app
    from brainrank.api.cli.serve import leave_token, listening, sweeping

    settings = Settings()
    app = make_celery(settings)

    def broker() -> None:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)

    with sweeping(app, settings, broker=broker) as service:
        leave_token(settings, service)
        signal_them = service.signal

        def signal_or_die(waiting: Any) -> None:
            if (folder / DEADLY).exists():
                (folder / DEADLY).unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            signal_them(waiting)

        made = create_app(replace(service, catalogue=tiny_catalogue(folder), signal=signal_or_die))
        uvicorn.run(made, host="127.0.0.1", port=port, log_level="warning", **listening())


def worker(folder: Path) -> None:
    settings, host, queues = Settings(), os.environ["FIRE_HOST"], os.environ["FIRE_QUEUES"].split(",")
    socket.gethostname = lambda: host
    execution.FIRST_WAIT_S, execution.WAIT_GROWS = 1.0, 2.0  # half a minute and more where faults are rarer than here
    cheap = os.environ["FIRE_RUN_S"]
    if cheap:
        execution.run = costing(float(cheap))

    def context() -> WorkerContext:
        begin = partial(transaction, open_database(settings.effective_database_url))
        cell = None if cheap else settings.cell(device="cpu")
        if cell is not None:
            cell.start()
        machine = Machine(tiny_catalogue(folder), begin, settings.locations, "cpu", settings.extraction(), cell=cell)
        return WorkerContext(machine, lease_s=settings.lease_s, run_limit_s=60, hands_over="cpu" not in queues)

    app = make_celery(settings)
    add_tasks(app, context)
    sweep_beside(app, settings, queues)
    name = f"--hostname=worker-{os.getpid()}@%h"
    app.worker_main(["worker", f"--queues={','.join(queues)},boards", "--pool=prefork", "--concurrency=1", name])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        worker(Path(sys.argv[2]))
