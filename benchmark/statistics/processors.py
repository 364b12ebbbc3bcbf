"""How many processors this process may use."""

import math
import os

from brainrank.benchmark.statistics.control_groups import groups_of_v1, groups_of_v2, read_bound


def usable_processors() -> int:
    """The processors this process may run on, or as many as its control groups (a container's limit) give it time for.

    A share of a processor counts as one.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([available, *(math.ceil(share) for share in _shares())]))


def _shares() -> list[float]:
    """The processors' time that each control group of this process, and those above it, may take (none: no bound)."""
    found = [_share(read_bound(each / "cpu.max").split()) for each in groups_of_v2()]
    found += [
        _share([read_bound(each / name) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")])
        for each in groups_of_v1("cpu")
    ]
    return [share for share in found if share is not None]


def _share(quota_and_period: list[str]) -> float | None:
    match quota_and_period:
        case [quota, period] if quota.isdigit() and period.isdigit() and int(quota) and int(period):
            return int(quota) / int(period)
        case _:
            return None  # "max", -1 (version 1), or no such file: no bound
