"""The navigation: an entry that ends in "/" stands for the pages of that folder, its README first, by their titles."""

from pathlib import Path
from typing import Any

from lists import title_of
from mkdocs.config.defaults import MkDocsConfig
from repository import ROOT


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Put the pages in where a folder stands."""
    config.nav = _with_pages(config.nav)
    return config


def _with_pages(entry: Any) -> Any:
    if isinstance(entry, list):
        return [_with_pages(each) for each in entry]
    if isinstance(entry, dict):
        return {title: _with_pages(each) for title, each in entry.items()}
    return pages_of(entry) if entry.endswith("/") else entry


def pages_of(folder: str) -> list[str]:
    """The pages of a folder, its README first; notebooks, whose names have numbers, in the order of these."""
    found = [path for path in (ROOT / folder).iterdir() if path.suffix in (".md", ".ipynb")]
    return [path.relative_to(ROOT).as_posix() for path in sorted(found, key=_place)]


def _place(path: Path) -> tuple[bool, str]:
    by = path.name if path.suffix == ".ipynb" else title_of(path)
    return path.name != "README.md", by.casefold()
