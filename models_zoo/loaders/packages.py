"""Packages that only some sources need, imported when one of these is used."""

from importlib import import_module
from typing import Any

from brainrank.benchmark.types.errors import UserError


def package(module: str, *, source: str, install: str) -> Any:
    """Import a module. Raises UserError, which names what to install, when it is not there."""
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(f"'{source}:' needs a package that is not here ({error}); pip install {install}") from error
