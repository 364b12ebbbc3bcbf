"""The tasks: thin, idempotent, and taking a queue's name or a run's number only."""

from collections.abc import Callable
from functools import cache, partial

from celery import Celery

from brainrank.api.services import work
from brainrank.api.services.standings import Boards
from brainrank.api.services.workshop import Workshop
from brainrank.workers.app import HELP, RUN, STANDINGS, STANDINGS_EVERY_S, call_for_help


def add_tasks(app: Celery, open_workshop: Callable[[], Workshop]) -> None:
    """Register the tasks. The workshop is opened by the first of them, in the process that works."""
    workshop = cache(open_workshop)

    def run(queue: str) -> None:
        """Work on the run that has waited longest in a queue."""
        work.perform_oldest(queue, workshop(), ask=partial(call_for_help, app))

    def help_with(run_id: int) -> None:
        """Work on the parts of a run that another worker has."""
        work.help_with(run_id, workshop())

    def standings() -> None:
        """Compute the leaderboards whose scores have changed."""
        machine = workshop().machine
        Boards(machine.begin, machine.catalogue).refresh_stale(limit_s=STANDINGS_EVERY_S)

    app.task(name=RUN, shared=False)(run)
    app.task(name=HELP, shared=False)(help_with)
    app.task(name=STANDINGS, shared=False)(standings)
