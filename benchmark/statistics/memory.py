"""How much memory there is, and how much of it is free: the machine's, and what a container may take of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.statistics.control_groups import groups_of_v1, groups_of_v2, read_bound

MEMINFO = Path("/proc/meminfo")


class _Bound(NamedTuple):
    """The limit of a control group, and what it has left of it, in bytes."""

    limit: int
    left: int


def machine_bytes() -> int:
    """The memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def usable_memory() -> int:
    """The bytes that this process may take in all: the machine's, or as many as its control groups let it have."""
    return min([machine_bytes(), *(each.limit for each in _bounds())])


def free_memory() -> int:
    """The bytes that this process could be given now: what the machine has, and its control groups leave.

    All that the machine has where it does not tell.
    """
    return max(0, min([_free_of_the_machine(), *(each.left for each in _bounds())]))


def _free_of_the_machine() -> int:
    for line in read_bound(MEMINFO).splitlines():  # no Linux, no such file: what there is in all is told everywhere
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return machine_bytes()


def _bounds() -> Iterator[_Bound]:
    """Of each control group that bounds memory.

    Of what it holds, pages of files that were not read again are given up when memory is needed, as in MemAvailable.
    """
    for group in groups_of_v2():
        yield from _bound(group, limit="memory.max", held="memory.current", given_up="inactive_file")
    for group in groups_of_v1("memory"):
        yield from _bound(
            group, limit="memory.limit_in_bytes", held="memory.usage_in_bytes", given_up="total_inactive_file"
        )


def _bound(group: Path, *, limit: str, held: str, given_up: str) -> Iterator[_Bound]:
    numbers = [read_bound(group / name) for name in (limit, held)]
    if all(each.isdigit() for each in numbers):  # "max" and no such file: no bound
        stated = dict(line.split(maxsplit=1) for line in read_bound(group / "memory.stat").splitlines())
        most, now = map(int, numbers)
        yield _Bound(most, most - now + int(stated.get(given_up, 0)))
