"""A worker without a cell whose images are decoded as beside a GPU: `decoding_worker.py FOLDER`, of its images."""

import sys
from functools import partial
from pathlib import Path

from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.settings import Settings
from brainrank.benchmark.activations import decoding
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.workers.app import make_celery
from brainrank.workers.tasks import add_tasks

THREADS = 3


def main() -> None:
    """Work until killed."""
    settings, folder = Settings(), Path(sys.argv[1])

    def context() -> WorkerContext:
        begin = partial(transaction, open_database(settings.effective_database_url))
        machine = Machine(tiny_catalogue(folder), begin, settings.locations, "cpu", DEFAULT_EXTRACTION)
        return WorkerContext(machine, lease_s=settings.lease_s, run_limit_s=600)

    decoding.decoding_threads = lambda _device: THREADS
    app = make_celery(settings)
    add_tasks(app, context)
    app.worker_main(["worker", "--queues=gpu,cpu", "--pool=prefork", "--concurrency=1", "--hostname=decoding@%h"])


if __name__ == "__main__":
    main()
