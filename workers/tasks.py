"""The tasks: thin, idempotent, and taking ids only."""

from collections.abc import Callable
from functools import cache
from typing import Any

from celery import Celery

from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.services import work
from brainrank.api.services.work import Workshop
from brainrank.workers.app import RUN, SWEEP, signal, waiting_messages


def add_tasks(app: Celery, open_workshop: Callable[[], Workshop]) -> None:
    """Register the tasks. The workshop is opened by the first of them, in the process that works."""
    workshop = cache(open_workshop)

    def run(task: Any, run_id: int) -> None:
        """Work on a run, and come back to it where it should be tried again."""
        again_in_s = work.perform(run_id, workshop())
        if again_in_s is not None:
            signal(app, [WaitingRun(run_id, task.request.delivery_info["routing_key"])], wait_s=again_in_s)

    def sweep() -> None:
        """Signal for what dead workers left behind and, where no message is on its way, for all that waits."""
        signal(app, work.left_behind(workshop().machine.begin, broker_is_empty=waiting_messages(app) == 0))

    app.task(name=RUN, bind=True)(run)
    app.task(name=SWEEP)(sweep)
