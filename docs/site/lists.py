"""Lists that pages ask for by a line `::: NAME`: made from what there is, so that none is forgotten."""

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from command_line import verbs
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FACE = ROOT / "public" / "__init__.pyi"
ASKED = re.compile(r"^::: (\w+)$", re.MULTILINE)


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """The page with its lists. Raises KeyError for a list that is none of LISTS."""
    return ASKED.sub(lambda asked: LISTS[asked[1]](), markdown)


def functions() -> str:
    """Every function of the public face, for mkdocstrings."""
    return "\n\n".join(f"::: brainrank.{name}" for name in _offered() if name.islower() and not name.startswith("_"))


def classes() -> str:
    """Every class of the public face, for mkdocstrings."""
    return "\n\n".join(f"::: brainrank.{name}" for name in _offered() if name[0].isupper())


def title_of(page: Path) -> str:
    """The first heading of a page. Raises ValueError for one without."""
    found = re.search(r"^# (.+)$", page.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{page.relative_to(ROOT)} has no heading; begin it with a line '# TITLE'")
    return found[1].replace("`", "")


def _offered() -> list[str]:
    """The names that the face offers, in the order of the alphabet."""
    statements = [each for each in ast.parse(FACE.read_text()).body if isinstance(each, ast.ImportFrom)]
    return sorted((each.asname or each.name for statement in statements for each in statement.names), key=str.lower)


LISTS: Mapping[str, Callable[[], str]] = {
    "functions": functions,
    "classes": classes,
    "verbs": verbs,
}
