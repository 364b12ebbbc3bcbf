"""`brainrank worker` and `brainrank beat`: the processes behind a service that has a broker."""

from typing import Annotated

import typer


def worker(
    *,
    queue: Annotated[
        list[str] | None,
        typer.Option("--queue", metavar="NAME", help="gpu or cpu; may be repeated; both unless given."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    beat: Annotated[
        bool, typer.Option("--beat", help="Look after what dead workers left, too (brainrank beat).")
    ] = False,
) -> None:
    """Work on the runs of a service, one at a time (BRAINRANK_DATABASE_URL, BRAINRANK_BROKER_URL)."""
    from brainrank.api.cli.output import clear_errors
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.errors import UnknownNameError
    from brainrank.workers.app import QUEUES
    from brainrank.workers.process import work_forever

    with clear_errors():
        for each in queue or ():
            if each not in QUEUES:
                raise UnknownNameError("queue", each, QUEUES)
        work_forever(Settings(), queues=queue or QUEUES, device=device, beat=beat)


def beat() -> None:
    """Every few seconds, have workers look for what dead ones left behind. One of these is enough; two do no harm."""
    from brainrank.api.cli.output import clear_errors
    from brainrank.api.settings import Settings
    from brainrank.workers.process import beat_forever

    with clear_errors():
        beat_forever(Settings())
