"""Spilling on a full disk, and by a process that is killed."""

import signal
import subprocess
import sys
from pathlib import Path

SPILL = """
import sys, time
from pathlib import Path
import numpy as np
from brainrank.benchmark.activations.budget import plan_rows, waiting_rows
plan = plan_rows({"conv": 100_000}, 50, batch_size=5, memory_bytes=12 * 2**20)
with waiting_rows({"conv": 100_000}, 50, plan, folder=Path(sys.argv[1])) as places:
    places["conv"].write(0, np.ones((5, 100_000), np.float32))
    print(type(places["conv"]).__name__, flush=True)
    time.sleep(60)
"""
LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"


def test_a_full_disk_is_an_error_before_the_work(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    done = subprocess.run(
        [sys.executable, "-c", LIMIT + SPILL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert f"StorageError: The disk of {tmp_path} is full" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_file(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SPILL, str(tmp_path)], stdout=subprocess.PIPE, text=True) as spilling:
        assert spilling.stdout is not None
        assert spilling.stdout.readline() == "SpilledRows\n"
        spilling.send_signal(signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []
