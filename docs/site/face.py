"""Where mkdocstrings reads the public face: a copy of the sources in which every folder has an `__init__`.

It reads files and imports nothing; and it takes a folder without an `__init__`, as ours are, for none of the package.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from repository import ROOT

FOLDERS = ("benchmark", "models_zoo", "datasets", "api", "workers")
_copy = TemporaryDirectory(prefix="brainrank-guide-")


@event_priority(100)  # before mkdocstrings reads its settings
def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Copy the sources, and say where they are."""
    package = Path(_copy.name) / "brainrank"
    shutil.copytree(ROOT / "public", package, dirs_exist_ok=True)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, package / folder, ignore=_all_but_code, dirs_exist_ok=True)
        for each in (package / folder, *(package / folder).rglob("*")):
            if each.is_dir():
                (each / "__init__.py").touch()
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [_copy.name]
    return config


def _all_but_code(folder: str, names: list[str]) -> set[str]:
    code = {each for each in names if each.endswith((".py", ".pyi")) or (Path(folder) / each).is_dir()}
    return set(names) - code | {"__pycache__", "guide"}
