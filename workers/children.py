"""Worker processes that `brainrank serve` starts: one that ends is started anew, and none is left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from celery.utils.log import get_task_logger

PROGRAM = "from brainrank.api.cli.main import main; main()"
LOOKED_EVERY_S = 0.5
# One that ends at once, again and again, is not started more often than this.
PATIENCE_S = 5.0
# After SIGTERM; a run at hand goes back to the queue, as with any worker that is killed.
STOP_TIMEOUT_S = 3.0

log = get_task_logger(__name__)
Process = subprocess.Popen[bytes]


@contextmanager
def keep_running(arguments: Sequence[str], *, number: int) -> Iterator[None]:
    """Keep as many brainrank processes running while the context lasts."""
    done = threading.Event()
    started = [(_start(arguments), monotonic()) for _ in range(number)]

    def watch() -> None:
        while not done.wait(LOOKED_EVERY_S):
            for place, (process, since) in enumerate(started):
                ended = process.poll()
                if ended is not None and monotonic() - since > PATIENCE_S:
                    log.warning("A worker process (%s) ended with code %s; another is started", process.pid, ended)
                    started[place] = _start(arguments), monotonic()

    watcher = threading.Thread(target=watch, name="workers", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        _stop([process for process, _ in started])


def _start(arguments: Sequence[str]) -> Process:
    # A session of its own: Ctrl-C reaches the service alone, which then ends each with all that it has started.
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], start_new_session=True)


def _stop(processes: Sequence[Process]) -> None:
    """End them: those that are still there after a while at once."""
    for process in processes:
        process.terminate()
    end = monotonic() + STOP_TIMEOUT_S
    for process in processes:
        try:
            process.wait(max(0.0, end - monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
