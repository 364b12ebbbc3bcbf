"""A worker process on the wide study of tiny_encoding, whose runs are cut into small parts: `FOLDER` of its images."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

from tiny_encoding import SMALL, wide_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.workers.app import make_celery
from brainrank.workers.process import sweep_beside
from brainrank.workers.tasks import add_tasks

PART_S = 1.5


def patient(examine: Callable[..., Any]) -> Callable[..., Any]:
    """As slow as a part of a large study: help takes a second to begin, and a small run would be over by then."""

    @wraps(examine)
    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(PART_S)
        return examine(*given, **named)

    return slow


def main() -> None:
    """Work until killed; looks after what dead workers left, too."""
    settings, folder = Settings(), Path(sys.argv[1])

    def context() -> WorkerContext:
        begin = partial(transaction, open_database(settings.effective_database_url))
        machine = Machine(wide_catalogue(folder), begin, settings.locations, "cpu", DEFAULT_EXTRACTION)
        return WorkerContext(machine, lease_s=settings.lease_s, run_limit_s=60, part_size=SMALL)

    EncodingMetric.correlations = patient(EncodingMetric.correlations)
    app = make_celery(settings)
    add_tasks(app, context)
    name = f"--hostname=worker-{os.getpid()}@%h"
    sweep_beside(app, settings, ("gpu", "cpu"))
    app.worker_main(["worker", "--queues=gpu,cpu", "--pool=prefork", "--concurrency=1", name])


if __name__ == "__main__":
    main()
