"""The modules of a folder, for what is found by its file: a metric, a study, a page."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType


def modules_in(folder: str) -> Iterator[ModuleType]:
    """Import the modules directly in a folder, given as the name of its package, in the order of their names."""
    for name in sorted(each.name for each in pkgutil.iter_modules(import_module(folder).__path__)):
        yield import_module(f"{folder}.{name}")
