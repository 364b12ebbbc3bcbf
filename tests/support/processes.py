"""Processes of brainrank that a test starts, waits for, and leaves none of."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

Process = subprocess.Popen[bytes]
TIMEOUT_S = 120.0
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of the tests, in which brainrank has no settings but these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("BRAINRANK_")}
    return others | {"BRAINRANK_PUBLISHED_RESULTS": "no"} | dict(settings)


def start(
    *words: str | Path, environment: Mapping[str, str], folder: Path, log: int | IO[bytes] = subprocess.DEVNULL
) -> Process:
    """Start Python in a folder, in a session of its own, so that it can be killed with all that it starts."""
    command = [sys.executable, *map(str, words)]
    return subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log, start_new_session=True, cwd=folder)


@contextmanager
def running(*words: str | Path, environment: Mapping[str, str], folder: Path) -> Iterator[Process]:
    """As `start`, while the context lasts."""
    started = start(*words, environment=environment, folder=folder)
    try:
        yield started
    finally:
        kill_group(started)


def kill_group(process: Process) -> None:
    """Kill -9 a process with all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(
    condition: Callable[[], bool], what: str, *, within_s: float = TIMEOUT_S, every_s: float = 0.05
) -> float:
    """Wait, and return how long it took. Raises AssertionError when it does not come about."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, f"{what} did not come within {within_s:.0f} s"
        time.sleep(every_s)
    return time.monotonic() - began
