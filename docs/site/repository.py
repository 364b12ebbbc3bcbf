"""What the site is made of: the pages of docs/ and some beside it, under their paths in the repository.

A page is known by its path from the root of the repository, so that one and the same link works on a code host and in
the site, and MkDocs tells of every link that leads nowhere. In an address the folder `docs` drops out. Notebooks are
pages, too, and can be had as notebooks.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from notebooks import as_markdown

ROOT = Path(__file__).parents[2]
BESIDE_DOCS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "performance/*.md")
NOTEBOOKS = "notebooks"
# Of the theme: its own sources, and the search in other languages.
NOT_NEEDED = re.compile(r"\.map$|/lunr/")


class Notebook(File):
    """A notebook, read as the page that it becomes."""

    def is_documentation_page(self) -> bool:
        """Whether it becomes a page."""
        return True

    @property
    def content_string(self) -> str:
        """The page."""
        name = Path(self.src_uri).name
        return as_markdown(self.content_bytes.decode(), as_a_file=f"../../{NOTEBOOKS}/{name}")


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Every file by its path in the repository; what the theme brings stays as it is."""
    of_docs = [each for each in files if each.src_dir == config.docs_dir]
    found = [each for each in files if each.src_dir != config.docs_dir and not NOT_NEEDED.search(each.src_uri)]
    for each in of_docs:
        found.append(_file(config, f"docs/{each.src_uri}"))
        found[-1].inclusion = each.inclusion
        if isinstance(found[-1], Notebook):
            content = (ROOT / found[-1].src_uri).read_bytes()
            found.append(File.generated(config, f"{NOTEBOOKS}/{Path(each.src_uri).name}", content=content))
    beside = sorted(path for pattern in BESIDE_DOCS for path in ROOT.glob(pattern))
    return Files([*found, *(_file(config, path.relative_to(ROOT).as_posix()) for path in beside)])


def _file(config: MkDocsConfig, path: str) -> File:
    kind = Notebook if path.endswith(".ipynb") else File
    made = kind(path, str(ROOT), config.site_dir, config.use_directory_urls)
    made.dest_uri = made.dest_uri.removeprefix("docs/")
    if made.is_documentation_page():
        made.dest_uri = made.dest_uri.lower()
    return made
