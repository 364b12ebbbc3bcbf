"""What the theme leaves out for readers without a mouse or a screen; tests/docs has what is looked for."""

import re
from typing import Any

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
REGION = '<div class="wide" tabindex="0" role="region" aria-label="Table">'
# The theme says that its search is a dialogue, and does not name it.
NAMELESS = 'data-md-component="search" role="dialog"'


def on_page_content(html: str, **_: Any) -> str:
    """Tables that may be wider than the page stand in a region that keys can move."""
    return TABLE.sub(lambda found: f"{REGION}{found[0]}</div>", html)


def on_post_page(output: str, **_: Any) -> str:
    """The search has a name."""
    return output.replace(NAMELESS, f'{NAMELESS} aria-label="Search"')
