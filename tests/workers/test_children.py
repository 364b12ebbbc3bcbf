"""The worker processes of `brainrank serve`: started anew when they die, ended with all they have started."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import processes
import psutil
import pytest

from brainrank.benchmark.activations.blobs import process_is_alive
from brainrank.workers import children
from brainrank.workers.children import keep_running

# Starts a process of its own and, told to, does not end when asked to.
WORKER = """
import signal, subprocess, sys, time
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    processes.wait_until(condition, what, within_s=60)


def mine() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("kind", ["willing", "deaf"])
def test_a_worker_that_dies_is_replaced_and_none_is_left_behind(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(children, "PROGRAM", WORKER)
    monkeypatch.setattr(children, "PATIENCE_S", 0.0)
    monkeypatch.setattr(children, "STOP_TIMEOUT_S", 0.5)
    before = {each.pid for each in mine()}
    with keep_running([kind], number=1):
        wait_until(lambda: len(mine()) == len(before) + 2, "a worker and its child")
        worker = next(each for each in psutil.Process().children() if each.pid not in before)
        os.killpg(worker.pid, signal.SIGKILL)
        wait_until(lambda: {each.pid for each in mine()} - before - {worker.pid} != set(), "another worker")
        wait_until(lambda: len(mine()) == len(before) + 2, "a worker and its child")
    wait_until(lambda: {each.pid for each in mine()} <= before, "their end")


def test_one_that_has_ended_and_was_not_waited_for_is_not_alive() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert not process_is_alive(ended.pid)
    ended.wait()
    assert process_is_alive(os.getpid())
