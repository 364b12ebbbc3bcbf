"""`brainrank worker`: the processes behind a service that has a broker."""

from typing import Annotated

import typer

from brainrank.api.cli.options import Device, Precision
from brainrank.api.cli.output import clear_errors
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.workers.app import QUEUES
from brainrank.workers.process import check_worker, work_forever


def worker(
    *,
    queue: Annotated[str, typer.Option("--queue", metavar="NAME", help="gpu, cpu, or both: gpu,cpu.")] = "gpu,cpu",
    device: Device = "auto",
    precision: Precision = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the worker of this host answers.")] = False,
) -> None:
    """Work on the runs of a service, one at a time (BRAINRANK_DATABASE_URL, BRAINRANK_BROKER_URL)."""
    with clear_errors():
        queues = queue.split(",")
        for each in queues:
            if each not in QUEUES:
                raise UnknownNameError("queue", each, QUEUES)
        if check:
            check_worker(Settings())
        else:
            settings = Settings() if precision is None else Settings(precision=precision)
            work_forever(settings, queues=queues, device=device)
