"""How many processors this process may use."""

import math
import os
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
OF_V1 = "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"


def usable_processors() -> int:
    """The processors this process may run on, or as many as its control groups (a container's limit) give it time for.

    A share of a processor counts as one.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([available, *(math.ceil(share) for share in _shares())]))


def _shares() -> list[float]:
    """The processors' time that each control group of this process, and those above it, may take (none: no bound)."""
    found = [_share(_read(each / "cpu.max").split()) for each in _groups()]
    found.append(_share([_read(CGROUPS / name) for name in OF_V1]))
    return [share for share in found if share is not None]


def _groups() -> list[Path]:
    """The folders of the control group (of version 2) this process is in, and of those above it."""
    own = next((line[3:] for line in _read(OWN_GROUPS).splitlines() if line.startswith("0::")), "/")
    inner = PurePosixPath(own.lstrip("/"))
    return [CGROUPS / each for each in (inner, *inner.parents)]


def _share(quota_and_period: list[str]) -> float | None:
    match quota_and_period:
        case [quota, period] if quota.isdigit() and period.isdigit() and int(quota) and int(period):
            return int(quota) / int(period)
        case _:
            return None  # "max", -1 (version 1), or no such file: no bound


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # no such bound, or none that may be known
        return ""
