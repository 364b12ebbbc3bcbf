"""The row every performance case returns, and how rows become the table of performance/RESULTS.md."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Row:
    """One measured ratio: what was done, against which peer, the figure to reach, both times and the accuracy seen."""

    work: str
    peer: str
    at_least: float
    peer_s: float
    ours_s: float
    accuracy: str
    peak_mib: float

    @property
    def ratio(self) -> float:
        """How many times faster than the peer."""
        return self.peer_s / self.ours_s


def timed(call: Callable[[], Any], *, repeats: int = 3) -> tuple[float, Any]:
    """Median wall seconds of `repeats` calls, and what the last one returned."""
    times, value = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        value = call()
        times.append(time.perf_counter() - start)
    return median(times), value


def seconds_on_one_thread(work: Callable[[], object]) -> float:
    """Wall seconds of a call whose BLAS has one thread, as it has while a metric scores."""
    with threadpool_limits(limits=1):
        started = time.perf_counter()
        work()
        return time.perf_counter() - started


def peak_mib() -> float:
    """The process's peak resident memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
