"""How much memory the machine has, and how much of it is free."""

import os
from pathlib import Path


def machine_bytes() -> int:
    """The memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def free_memory() -> int:
    """The bytes that the machine could give now; all it has where it does not tell."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as told:
            for line in told:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass  # no Linux: what there is in all is told everywhere
    return machine_bytes()
