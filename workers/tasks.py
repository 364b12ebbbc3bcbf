"""The tasks: thin, idempotent, and taking a queue's name or a run's number only."""

from collections.abc import Callable
from functools import cache, partial

from celery import Celery

from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.runs import execution, shared_encoding
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.workers.app import HELP, RUN, STANDINGS, STANDINGS_EVERY_S, call_for_help, wake


def add_tasks(app: Celery, open_context: Callable[[], WorkerContext]) -> None:
    """Register the tasks. The context is opened by the first of them, in the process that works."""
    context = cache(open_context)

    def run(queue: str) -> None:
        """Work on the run that has waited longest in a queue."""
        execution.execute_oldest(queue, context(), ask=partial(call_for_help, app), wake=partial(wake, app))

    def assist(run_id: int) -> None:
        """Work on the parts of a run that another worker has."""
        shared_encoding.assist(run_id, context())

    def standings() -> None:
        """Compute the leaderboards whose scores have changed."""
        machine = context().machine
        LeaderboardCache(machine.begin, machine.catalogue).refresh_stale(limit_s=STANDINGS_EVERY_S)

    app.task(name=RUN, shared=False)(run)
    app.task(name=HELP, shared=False)(assist)
    app.task(name=STANDINGS, shared=False)(standings)
