"""Lists that pages ask for by a line `::: NAME`: made from what there is, so that none is forgotten."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
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


def decisions() -> str:
    """Every decision's title and address."""
    found = sorted((title_of(path), path.name) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    return "\n".join(f"- [{title}]({name})" for title, name in found if name != "README.md")


def public_names() -> str:
    """Every name of the public face, in its order, for mkdocstrings."""
    return "\n\n".join(f"::: brainrank.{name}" for name in _offered() if not name.startswith("_"))


def title_of(page: Path) -> str:
    """The first heading of a page. Raises ValueError for one without."""
    found = re.search(r"^# (.+)$", page.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{page.relative_to(ROOT)} has no heading; begin it with a line '# TITLE'")
    return found[1].replace("`", "")


def _offered() -> Iterator[str]:
    """The names that the face imports, module by module, as they stand there."""
    for statement in ast.parse(FACE.read_text()).body:
        if isinstance(statement, ast.ImportFrom):
            yield from (each.asname or each.name for each in statement.names)


LISTS: Mapping[str, Callable[[], str]] = {
    "decisions": decisions,
    "public_names": public_names,
    "verbs": verbs,
}
