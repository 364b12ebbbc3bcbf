"""Limits: what a model in a cell may take, as the kernel holds it to it and as its keeper watches it."""

import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.statistics.memory import usable_memory
from brainrank.benchmark.types.activations import GIB

MEMORY_SHARE = 0.8
DISK_SHARE = 0.5
MOST_DISK_BYTES = 64 * GIB
# More files than these in its folder, which holds a few, are looked at no further.
MOST_FILES = 10_000
OPEN_FILES = 1024
MOST_THREADS = 1024


@dataclass(frozen=True)
class Limits:
    """What one model may take: `memory_bytes` beside what Python and its libraries take, `cpu_s` of all its runs.

    `disk_bytes` are those of its own folder, `gpu_fraction` is of the memory of the GPU.
    """

    memory_bytes: int
    disk_bytes: int
    cpu_s: int
    gpu_fraction: float = 0.95


def default_memory_bytes() -> int:
    """Four fifths of what the machine has, or of what the container may have."""
    return int(MEMORY_SHARE * usable_memory())


def default_disk_bytes(folder: Path) -> int:
    """Half of what is free where the folder lies, at most 64 GiB."""
    about = os.statvfs(folder)
    return min(MOST_DISK_BYTES, int(DISK_SHARE * about.f_bavail * about.f_frsize))


def cpu_seconds(run_limit_s: float) -> int:
    """All processors for as long as a run may take."""
    return int(run_limit_s * len(os.sched_getaffinity(0))) + 1


def hold_to(limits: Limits, *, on_cpu: bool) -> None:
    """Hold this process to its limits.

    A GPU's driver takes addresses by the terabyte, of which little is memory: there, what can be written is bounded by
    the kernel, and what is in use by the keeper alone.
    """
    used = _own_sizes()
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, limits.disk_bytes)
    _lower(resource.RLIMIT_CPU, limits.cpu_s)
    _lower(resource.RLIMIT_DATA, used.data + limits.memory_bytes)
    if on_cpu:
        _lower(resource.RLIMIT_AS, used.addresses + limits.memory_bytes)


def _lower(which: int, value: int) -> None:
    """Set both limits, but never above those there are: only root may raise them."""
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


class _Sizes(NamedTuple):
    addresses: int
    data: int


def _own_sizes() -> _Sizes:
    pages = Path("/proc/self/statm").read_text().split()
    size = os.sysconf("SC_PAGE_SIZE")
    return _Sizes(int(pages[0]) * size, int(pages[5]) * size)


class Usage(NamedTuple):
    """What a process uses now."""

    memory_bytes: int
    cpu_s: float
    threads: int


def usage(process: int) -> Usage | None:
    """What a process uses; None when there is none."""
    text = _read(Path(f"/proc/{process}/stat"))
    if not text:
        return None
    # The program's name may hold anything; what follows its last bracket is plain.
    fields = text.rpartition(")")[2].split()
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return Usage(int(fields[21]) * page, (int(fields[11]) + int(fields[12])) / ticks, int(fields[17]))


def together(uses: Iterable[Usage]) -> Usage:
    """What several processes use."""
    found = list(uses)
    return Usage(
        sum(each.memory_bytes for each in found), sum(each.cpu_s for each in found), sum(each.threads for each in found)
    )


def with_children(process: int) -> list[int]:
    """A process and all that came of it, as far as the kernel lists them."""
    found = [process]
    for each in found:
        found += [int(child) for child in _read(Path(f"/proc/{each}/task/{each}/children")).split()]
    return found


def folder_bytes(folder: Path) -> int | None:
    """What lies in a folder, as blocks on the disk; None where there is more than anybody should look at."""
    total, entries, pending = 0, 0, [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as found:
                for entry in found:
                    entries += 1
                    if entries > MOST_FILES:
                        return None
                    about = entry.stat(follow_symlinks=False)
                    total += about.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
        except FileNotFoundError:  # gone meanwhile
            continue
        except OSError:  # too deep to have a path, or shut: there is no knowing what is in it
            return None
    return total


def out_of_memory_kills() -> int:
    """How often the kernel has ended a process for want of memory, on this machine or in this container."""
    lines = [*_read(Path("/proc/vmstat")).splitlines(), *_read(Path("/sys/fs/cgroup/memory.events")).splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
