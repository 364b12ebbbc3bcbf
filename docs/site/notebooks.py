"""A notebook as a page: its text, its code, and what came out of it when it was last run."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# What pandas brings with a table; and that a part scrolls, as the whole does here.
LOOKS = re.compile(r'<style\b.*?</style>|\sborder="1"|;overflow-x:auto', re.DOTALL)
# Tables without a class are the theme's, which folds their lines.
TABLE = re.compile(r"<table(?![^>]*\sclass=)")
Cell = Mapping[str, Any]


def as_markdown(notebook: str, *, as_a_file: str) -> str:
    """The page of a notebook; `as_a_file` is where the notebook itself is had."""
    heading, *cells = [part for cell in json.loads(notebook)["cells"] for part in _parts(cell)]
    title, _, rest = heading.partition("\n")
    return "\n\n".join([title, f"[This page as a notebook]({as_a_file})", rest.strip(), *cells]) + "\n"


def _parts(cell: Cell) -> Iterator[str]:
    source = _text(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
    elif cell["cell_type"] == "code":
        shell = source.startswith("%%bash\n")
        yield _fenced(source.removeprefix("%%bash\n"), "bash" if shell else "python")
        yield from (_output(each) for each in cell["outputs"])
    else:
        raise ValueError(f"A cell of the kind '{cell['cell_type']}'; a tutorial has markdown and code")


def _output(output: Cell) -> str:
    """An output in the richest form that a page can show."""
    if output["output_type"] == "stream":
        return _fenced(_text(output["text"]), "text")
    data = output["data"]
    if "image/png" in data:
        return f"![]({_address(data['image/png'])})"
    if "text/html" in data:
        # A blank line would end the block of HTML.
        html = TABLE.sub('<table class="shown"', LOOKS.sub("", _text(data["text/html"])))
        html = re.sub(r"\n\s*\n", "\n", html)
        return f'<div class="output" tabindex="0" role="region" aria-label="Output">\n{html}\n</div>'
    return _fenced(_text(data["text/plain"]), "text")


def _address(image: str) -> str:
    return f"data:image/png;base64,{''.join(_text(image).split())}"


def _fenced(text: str, language: str) -> str:
    return f"````{language}\n{text.strip()}\n````"


def _text(parts: str | list[str]) -> str:
    return parts if isinstance(parts, str) else "".join(parts)
