"""Examples in docstrings become blocks of code, without what only doctest reads; an extension of griffe."""

import re
import textwrap
from typing import Any

import griffe

EXAMPLE = re.compile(r"^Example:\n((?:[ ]{4}.*(?:\n|\Z)|\n)+)", re.MULTILINE)
FOR_DOCTEST = re.compile(r"\s*# doctest: .*$", re.MULTILINE)


class Examples(griffe.Extension):
    """Called for every object that griffe reads."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Put blocks of code into its docstring."""
        if obj.docstring:
            obj.docstring.value = with_code(obj.docstring.value)


def with_code(docstring: str) -> str:
    """The docstring, its examples as fenced sessions."""
    return EXAMPLE.sub(lambda found: f"\n```pycon\n{_session(found[1])}\n```\n", docstring)


def _session(indented: str) -> str:
    return FOR_DOCTEST.sub("", textwrap.dedent(indented).strip())
