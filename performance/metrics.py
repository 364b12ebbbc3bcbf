"""Metrics and statistics against their peers: prints the table and writes performance/RESULTS.md.

Run as `make performance`, on a machine that does nothing else. Every row is a ratio of two times taken in one process.
"""

import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from performance.report import Row

CASES = ("rsa", "encoding", "behaviour")
LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "rsatoolbox", "himalaya")
RESULTS = Path(__file__).with_name("RESULTS.md")


def measure(case: str) -> list[Row]:
    """Run one case in a process of its own, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_rows, case).result()


def _rows(case: str) -> list[Row]:
    found: list[Row] = import_module(f"performance.cases.{case}").rows()
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| work | against | peer | brainrank | ratio | at least | agreement | peak memory |"]
    lines.append("|---|---|---:|---:|---:|---:|---|---:|")
    lines += [
        f"| {row.work} | {row.peer} | {row.peer_s:.3g} s | {row.ours_s:.3g} s | **{row.ratio:.3g}x** "
        f"| {row.at_least:g}x | {row.accuracy} | {row.peak_mib:.0f} MiB |"
        for row in rows
    ]
    return "\n".join(lines)


def processor() -> str:
    """The processor's name, where Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Measure everything (or the cases named on the command line) and record it."""
    rows = [row for case in sys.argv[1:] or CASES for row in measure(case)]
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    machine = f"{processor()}, 2 cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = f"{table(rows)}\n\n{machine}; {libraries}; {datetime.now(UTC):%Y-%m-%d}\n"
    print(text)
    if len(sys.argv) == 1:
        RESULTS.write_text(f"# Metrics and statistics against their peers\n\n`make performance` made this.\n\n{text}")


if __name__ == "__main__":
    main()
