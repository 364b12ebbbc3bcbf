"""Packages that only some sources need, imported when one of these is used."""

from importlib import import_module
from typing import Any

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.installing import install_command


def package(module: str, *, source: str, install: str) -> Any:
    """Import a module. Raises UserError, which names what to install, when it is not there."""
    try:
        return import_module(module)
    except ImportError as error:
        command = install_command(*install.split())
        raise UserError(f"'{source}:' needs a package that is not here ({error}): {command}") from error
