"""A copy of the source tree, to be edited: what would become of stored scores and boards."""

import shutil
from collections.abc import Callable, Container
from pathlib import Path

from brainrank.benchmark.scoring.code_version import LOOKUPS, sources
from brainrank.benchmark.scoring.import_closure import Sources

FOLDERS = ("benchmark", "models_zoo", "datasets", "api", "workers")
NOT_SOURCE = shutil.ignore_patterns("*.safetensors", "__pycache__", "static", "templates", "guide")


class Tree:
    """A copy in a folder; each look reads anew what may have been edited since the first."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "brainrank"
        for each in FOLDERS:
            shutil.copytree(sources().root / each, self.root / each, ignore=NOT_SOURCE)

    def sources(self, edited: Container[str]) -> Sources:
        """As of now, where at most these modules were edited since the copy was made; new ones may be there, too."""
        found = Sources(self.root, lookups=LOOKUPS)
        read, known = found.module, sources()
        found.module = lambda name: read(name) if name in edited or known.path(name) is None else known.module(name)  # type: ignore[assignment]
        return found

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        path = self.root / file
        before = path.read_text() if path.is_file() else ""
        after = change(before)
        assert after != before, f"{file} was not changed"
        path.write_text(after)


def added_comment(text: str) -> str:
    """With another comment."""
    return f"{text}\n# Another word on it.\n"


def added_line(text: str) -> str:
    """With another line of code."""
    return f"{text}\n_ANOTHER = 1\n"
