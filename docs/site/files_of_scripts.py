"""Scripts and looks that stand in a page become files: the service lets no page run or style what stands in it.

api/routes/answering.py has the rule (a Content-Security-Policy). The theme breaks it in a few places, and so does what
notebooks put out. A `style` attribute becomes a rule of a style sheet, for whatever has the same `data-look`.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import get_relative_url

FOLDER = "assets/inline"
# A script with a type is data (`application/json`), one with a source is a file already.
SCRIPT = re.compile(r"<script>(.+?)</script>", re.DOTALL)
STYLE = re.compile(r"<style>(.+?)</style>", re.DOTALL)
LOOK = re.compile(r"""(<[a-z][^<>]*?)\sstyle=(["'])(.*?)\2""", re.DOTALL)
_written: dict[str, str] = {}


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """The page without them."""
    return _with_files(output, page.url)


def on_post_template(output_content: str, *, template_name: str, **_: Any) -> str:
    """The same of what is no page: 404.html."""
    return _with_files(output_content, template_name) if template_name.endswith(".html") else output_content


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Write the files."""
    for name, content in _written.items():
        path = Path(config.site_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _with_files(html: str, url: str) -> str:
    html = _with_looks(html)
    html = SCRIPT.sub(lambda found: f'<script src="{_address(found[1], "js", url)}"></script>', html)
    return STYLE.sub(lambda found: f'<link rel="stylesheet" href="{_address(found[1], "css", url)}">', html)


def _with_looks(html: str) -> str:
    """The page with one style sheet in its head in the place of all style attributes."""
    rules: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = _digest(found[3])
        rules[name] = f'.md-typeset [data-look="{name}"] {{ {found[3]} }}'
        return f'{found[1]} data-look="{name}"'

    html = LOOK.sub(named, html)
    sheet = "\n".join(rules.values())
    return html.replace("</head>", f"<style>{sheet}</style></head>", 1) if rules else html


def _address(content: str, ending: str, url: str) -> str:
    name = f"{FOLDER}/{_digest(content)}.{ending}"
    _written[name] = content
    return get_relative_url(name, url)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]
