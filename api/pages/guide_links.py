"""Where the guide has a page of the documentation, and texts in which names of such pages, and papers, are links."""

import re
from pathlib import PurePosixPath

from markupsafe import Markup, escape

ADDRESS = "/guide/"
# A page's file, as messages and cards name it; a DOI; a paper on arXiv.
NAMED = re.compile(
    r"\b(?P<page>docs/[\w./-]+?\.(?:md|ipynb))\b"
    r"|\b(?P<doi>10\.\d{4,9}/[^\s,;()<&]*[^\s,;()<&.])"
    r"|\b(?P<arxiv>arXiv[: ]\d{4}\.\d{4,5})"
)


def address_of(page: str) -> str:
    """/guide/how-to/settings/ for docs/how-to/settings.md; a folder's address for its README."""
    path = PurePosixPath(page.removeprefix("docs/")).with_suffix("")
    found = path.parent if path.name == "README" else path
    return ADDRESS if found == PurePosixPath() else f"{ADDRESS}{str(found).lower()}/"


def with_links(text: str | None) -> Markup:
    """A text in which pages (docs/datasets/nsd.md), DOIs and arXiv:1905.11946 are links; empty where there is none."""
    return Markup(NAMED.sub(_link, str(escape(text or ""))))


def _link(found: re.Match[str]) -> str:
    name = found[0]
    if found["page"]:
        address = address_of(name)
    elif found["doi"]:
        address = f"https://doi.org/{name}"
    else:
        address = f"https://arxiv.org/abs/{name[len('arXiv:') :]}"
    return f'<a href="{address}">{name}</a>'
