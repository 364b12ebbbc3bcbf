"""The navigation: an entry that ends in "/" stands for the pages of that folder that no other entry names.

Its README comes first, then notebooks, whose names have numbers, in the order of these, else the pages by their titles.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lists import title_of
from mkdocs.config.defaults import MkDocsConfig
from repository import ROOT


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Put the pages in where a folder stands."""
    config.nav = _with_pages(config.nav, set(_named(config.nav)))
    return config


def _named(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:
            yield from _named(each)


def _with_pages(entry: Any, named: set[str]) -> Any:
    """The entry with pages for each folder in it; a folder among others in a list takes their level."""
    if isinstance(entry, str):
        return _pages(entry, named) if entry.endswith("/") else entry
    if isinstance(entry, dict):
        return {title: _with_pages(each, named) for title, each in entry.items()}
    found = []
    for each in entry:
        made = _with_pages(each, named)
        found += made if isinstance(made, list) else [made]
    return found


def _pages(folder: str, named: set[str]) -> list[str]:
    paths = [path for path in (ROOT / folder).iterdir() if path.suffix in (".md", ".ipynb")]
    found = [path.relative_to(ROOT).as_posix() for path in sorted(paths, key=_place)]
    return [each for each in found if each not in named]


def _place(path: Path) -> tuple[bool, str]:
    by = path.name if path.suffix == ".ipynb" else title_of(path)
    return path.name != "README.md", by.casefold()
