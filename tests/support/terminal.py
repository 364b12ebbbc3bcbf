"""What the command line prints on a terminal of some width, or through a pipe."""

import io
import os
from collections.abc import Callable
from unittest.mock import patch

from rich.cells import cell_len

from brainrank.api.cli import output


def drawn(width: int | None, draw: Callable[[], object]) -> str:
    """What `draw` prints on a terminal of `width` columns; through a pipe where it is None.

    Asserts that no line is wider than the terminal, and that nothing was cut.
    """
    console, written = output.results, io.StringIO()
    before = console._width, console._force_terminal, console._color_system
    console._width, console._force_terminal, console._color_system = width, width is not None, None
    console.file = written
    # Whoever runs the tests may have set COLUMNS, which says a width through a pipe, too.
    others = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    try:
        with patch.dict(os.environ, others, clear=width is None):
            draw()
    finally:
        console._width, console._force_terminal, console._color_system = before
        console._file = None
    text = written.getvalue()
    assert "…" not in text
    if width is not None:
        assert max(map(cell_len, text.splitlines()), default=0) <= width, text
    return text
