"""Where the guide has a page of the documentation, and texts in which names of such pages lead there."""

import re
from pathlib import PurePosixPath

from markupsafe import Markup, escape

ADDRESS = "/guide/"
# A page's file, as messages and cards name it.
NAMED = re.compile(r"\bdocs/[\w./-]+?\.(?:md|ipynb)\b")


def address_of(page: str) -> str:
    """/guide/how-to/settings/ for docs/how-to/settings.md; a folder's address for its README."""
    path = PurePosixPath(page.removeprefix("docs/")).with_suffix("")
    found = path.parent if path.name == "README" else path
    return ADDRESS if found == PurePosixPath() else f"{ADDRESS}{str(found).lower()}/"


def with_links(text: str | None) -> Markup:
    """A text in which every name of a page, docs/datasets/nsd.md, leads to it; nothing where there is no text."""
    return Markup(NAMED.sub(lambda found: _link(found[0]), str(escape(text or ""))))


def _link(name: str) -> str:
    return f'<a href="{address_of(name)}">{name}</a>'
