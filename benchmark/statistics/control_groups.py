"""The control groups of this process: what a container, or a service's unit, is bounded by."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


def groups_of_v2() -> list[Path]:
    """The folders of the control group of version 2 that this process is in, and of those above it."""
    return _and_above(CGROUPS, next(_own("", number="0"), "/"))


def groups_of_v1(controller: str) -> list[Path]:
    """The folders of the control group of version 1 that this process is in for a controller, and of those above it.

    A container sees its own group as the outermost, whatever path it is told.
    """
    return _and_above(CGROUPS / controller, next(_own(controller), "/"))


def read_bound(path: Path) -> str:
    """What a file of a control group says; empty where there is none, or none that may be known."""
    try:
        return path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""


def _own(controller: str, *, number: str | None = None) -> Iterator[str]:
    for line in read_bound(OWN_GROUPS).splitlines():
        hierarchy, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") and number in {None, hierarchy}:
            yield path


def _and_above(mount: Path, own: str) -> list[Path]:
    inner = PurePosixPath(own.lstrip("/"))
    return [mount / each for each in (inner, *inner.parents)]
