"""A worker process on the wide study of tiny_encoding, whose runs are cut into small parts: `FOLDER` of its images."""

import os
import sys
from functools import partial
from pathlib import Path

from tiny_encoding import SMALL, wide_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.scoring import Machine
from brainrank.api.services.workshop import Workshop
from brainrank.api.settings import Settings
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.workers.app import make_celery
from brainrank.workers.process import sweep_beside
from brainrank.workers.tasks import add_tasks


def main() -> None:
    """Work until killed; looks after what dead workers left, too."""
    settings, folder = Settings(), Path(sys.argv[1])

    def workshop() -> Workshop:
        begin = partial(transaction, open_database(settings.effective_database_url))
        machine = Machine(wide_catalogue(folder), begin, settings.locations, "cpu", DEFAULT_EXTRACTION)
        return Workshop(machine, lease_s=settings.lease_s, run_limit_s=60, part_size=SMALL)

    app = make_celery(settings)
    add_tasks(app, workshop)
    name = f"--hostname=worker-{os.getpid()}@%h"
    sweep_beside(app, settings)
    app.worker_main(["worker", "--queues=gpu,cpu", "--pool=prefork", "--concurrency=1", name])


if __name__ == "__main__":
    main()
