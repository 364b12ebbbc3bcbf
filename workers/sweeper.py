"""A thread that looks for what was left behind and sends the signals that are missing: one in every process.

It depends on no queue, on no run's end and on no process but its own, so that nothing starves it.
"""

import os
import threading
from collections.abc import Callable, Sequence
from functools import cache
from time import monotonic

from celery import Celery
from celery.utils.log import get_task_logger

from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.services.runs import recovery
from brainrank.api.services.runs.hand_over import SAID_EVERY_S
from brainrank.api.services.session import OpenSession
from brainrank.workers.app import BOARDS, QUEUES, STANDINGS_EVERY_S, send_signals, waiting_messages, wake_boards

# A lost run is found within this, and waits as long again at most until it is somebody's turn to signal for it.
MOST_EVERY_S = 3.0
# Of a lease's length, where leases are short.
SWEPT_EVERY = 0.25
STOP_TIMEOUT_S = 1.0

log = get_task_logger(__name__)
# Held during a look, and while a process forks: a child made in the middle of one would have its locks for ever.
_LOOKING = threading.Lock()


@cache
def _forks_wait() -> None:
    release = _LOOKING.release
    os.register_at_fork(before=_LOOKING.acquire, after_in_parent=release, after_in_child=release)


def silence(_begin: OpenSession) -> None:
    """Say nothing: this process works on no runs."""


class Sweeper:
    """Looks every `every_s` seconds, and sends signals as soon as `signal` asks for them.

    `open_begin` is called in the thread, again and again until it succeeds: the database may come later than this.
    `say` is what this process says of itself now and then.
    """

    def __init__(
        self,
        app: Celery,
        open_begin: Callable[[], OpenSession],
        *,
        lease_s: float,
        say: Callable[[OpenSession], None] = silence,
    ) -> None:
        self.every_s = min(MOST_EVERY_S, lease_s * SWEPT_EVERY)
        self._app, self._open_begin, self._say = app, cache(open_begin), say
        self._asked, self._wake, self._done = dict[str, int](), threading.Event(), False
        self._boards_due, self._said_due, self._failing = 0.0, 0.0, False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin, with a look at once."""
        _forks_wait()
        self._thread.start()

    def stop(self) -> None:
        """End; a look at hand is not waited for long."""
        self._done = True
        self._wake.set()
        self._thread.join(STOP_TIMEOUT_S)

    def signal(self, waiting: Sequence[WaitingRun]) -> None:
        """Have the queues of these runs signalled for, without waiting for the broker."""
        with self._guard:
            for run in waiting:
                self._asked[run.queue] = min(self._asked.get(run.queue, 0) + 1, recovery.MOST_SIGNALS)
        self._wake.set()

    def _run(self) -> None:
        due = 0.0
        while not self._done:
            with _LOOKING:
                self._try(self._send_asked)
                if monotonic() >= due:
                    due = monotonic() + self.every_s
                    self._try(self._say_if_due)
                    self._try(self._look)
            self._wake.wait(max(0.0, due - monotonic()))
            self._wake.clear()

    def _try(self, what: Callable[[], None]) -> None:
        """Do it; a fault is said once, until it has passed."""
        try:
            what()
        except Exception as error:  # noqa: BLE001 whatever it is, the next look may succeed, and there must be one
            if not self._failing:
                log.warning("A look for what was left behind failed (%s: %s)", type(error).__name__, error)
            self._failing = True
        else:
            self._failing = False

    def _send_asked(self) -> None:
        with self._guard:
            asked, self._asked = self._asked, {}
        if asked:
            send_signals(self._app, asked)

    def _say_if_due(self) -> None:
        if monotonic() >= self._said_due:
            self._say(self._open_begin())
            self._said_due = monotonic() + SAID_EVERY_S

    def _look(self) -> None:
        swept = recovery.sweep(self._open_begin(), QUEUES, every_s=self.every_s)
        if any(swept.claimable.values()):
            waiting = waiting_messages(self._app, [name for name, count in swept.claimable.items() if count])
            needed = {name: recovery.signals_needed(swept.claimable[name], count) for name, count in waiting.items()}
            send_signals(self._app, needed)
        if swept.turn and monotonic() >= self._boards_due:
            self._boards_due = monotonic() + STANDINGS_EVERY_S
            if not waiting_messages(self._app, [BOARDS])[BOARDS]:
                wake_boards(self._app)
