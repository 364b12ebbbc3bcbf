"""The tasks: thin, idempotent, and taking ids only."""

from collections.abc import Callable
from functools import cache, partial

from celery import Celery

from brainrank.api.services import work
from brainrank.api.services.standings import Boards
from brainrank.api.services.workshop import Workshop
from brainrank.workers.app import (
    HELP,
    RUN,
    STANDINGS,
    STANDINGS_EVERY_S,
    SWEEP,
    call_for_help,
    signal,
    waiting_messages,
)


def add_tasks(app: Celery, open_workshop: Callable[[], Workshop]) -> None:
    """Register the tasks. The workshop is opened by the first of them, in the process that works."""
    workshop = cache(open_workshop)

    def run(run_id: int) -> None:
        """Work on a run."""
        work.perform(run_id, workshop(), ask=partial(call_for_help, app, run_id))

    def help_with(run_id: int) -> None:
        """Work on the parts of a run that another worker has."""
        work.help_with(run_id, workshop())

    def sweep() -> None:
        """Signal for what nobody works on and no message is about."""
        signal(app, work.left_behind(workshop().machine.begin, broker_is_empty=waiting_messages(app) == 0))

    def standings() -> None:
        """Compute the leaderboards whose scores have changed."""
        machine = workshop().machine
        Boards(machine.begin, machine.catalogue).refresh_stale(limit_s=STANDINGS_EVERY_S)

    app.task(name=RUN, shared=False)(run)
    app.task(name=HELP, shared=False)(help_with)
    app.task(name=SWEEP, shared=False)(sweep)
    app.task(name=STANDINGS, shared=False)(standings)
