"""A worker in a thread of the process that serves: what `brainrank serve` works with when there is no broker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from celery.worker import WorkController, state

from brainrank.workers.app import BOARDS, QUEUES
from brainrank.workers.stop import Stop

STOP_TIMEOUT_S = 3.0


class _Worker(WorkController):  # type: ignore[misc]
    """Says when it takes messages."""

    def __init__(self, app: Celery) -> None:
        self.ready = threading.Event()
        super().__init__(
            app=app,
            pool="solo",
            concurrency=1,
            hostname="embedded",
            queues=",".join([*QUEUES, BOARDS]),
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )

    def on_consumer_ready(self, _consumer: object) -> None:
        self.ready.set()


@contextmanager
def embedded_worker(app: Celery, stop: Stop) -> Iterator[None]:
    """Work on signals in a thread while the context lasts.

    In the end the worker hears by `stop` that the run at hand is to be put back.
    """
    app.set_default()  # threads ask Celery for the application at work
    worker = _Worker(app)
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()
    worker.ready.wait()
    try:
        yield
    finally:
        stop.set()
        state.should_stop = 0  # an exit code; the worker's loop ends on seeing it
        thread.join(STOP_TIMEOUT_S)
        state.should_stop = None
