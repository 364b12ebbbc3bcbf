"""The command that installs what is missing: into the environment at work, whatever way brainrank came into it.

brainrank is on no package index, so that its extras cannot be named there; what they consist of can.
"""

import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires
from shlex import join


def install_command(*packages: str) -> str:
    """The command that installs these packages into this environment."""
    return join([sys.executable, "-m", "pip", "install", *packages])


def extra_command(extra: str) -> str:
    """The command that installs what an extra of brainrank consists of, as its metadata say."""
    return install_command(*_requirements(extra) or [extra])


def _requirements(extra: str) -> Sequence[str]:
    try:
        known = requires("brainrank") or []
    except PackageNotFoundError:  # a tree on the path that was never installed
        return []
    parts = (each.partition(";") for each in known)
    return [name.strip() for name, _, marker in parts if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", marker)]
