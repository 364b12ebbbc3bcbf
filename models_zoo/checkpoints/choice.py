"""Which of a checkpoint's networks is meant, as it is written behind an architecture.

`file:dino.pth#timm:resnet18?key=teacher&prefix=backbone.`: the mapping `teacher` of the file, and of it the tensors
whose names begin with `backbone.`. Both are part of the source, and so of the model's digest.
"""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from brainrank.benchmark.types.errors import UnknownNameError, UserError

SETTINGS = ("key", "prefix")


class Choice(NamedTuple):
    """The mapping (`key`, with dots between nested ones, empty for the file's own) and the names' prefix, if told."""

    key: str | None = None
    prefix: str | None = None


class Written(NamedTuple):
    """What stands behind `#`: an architecture as SOURCE:NAME, and the choice."""

    architecture: str
    choice: Choice


def read_written(text: str) -> Written:
    """Read `SOURCE:NAME[?key=...&prefix=...]`. Raises UserError for settings that are none."""
    architecture, mark, query = text.partition("?")
    try:
        pairs = parse_qsl(query or "?", keep_blank_values=True, strict_parsing=True) if mark else []
    except ValueError as error:
        raise UserError(
            f"'?{query}' cannot be read; write it as in {architecture}?key=teacher&prefix=backbone."
        ) from error
    for name, _ in pairs:
        if name not in SETTINGS:
            raise UnknownNameError("setting of a checkpoint", name, SETTINGS)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UserError(f"'?{query}' says one thing twice; give each of key and prefix once")
    return Written(architecture, Choice(found.get("key"), with_dot(found.get("prefix"))))


def with_choice(source: str, *, key: str | None, prefix: str | None) -> str:
    """The source with the choice written behind it.

    Raises UserError for a source that is no file of weights, or that has a choice already.
    """
    told = {name: value for name, value in (("key", key), ("prefix", with_dot(prefix))) if value is not None}
    if not told:
        return source
    if not source.startswith("file:"):
        raise UserError(
            f"'{source}' is no file of weights, of which --key and --prefix choose a part; leave them out, or name "
            "one as file:PATH#SOURCE:ARCHITECTURE"
        )
    if "?" in source.rpartition("#")[2]:
        raise UserError(f"'{source}' says key or prefix itself; leave out --key and --prefix")
    return f"{source}?{urlencode(told)}"


def with_dot(prefix: str | None) -> str | None:
    """A prefix ends with a dot, whether or not that was written; an empty one is none."""
    return f"{prefix.removesuffix('.')}." if prefix else prefix
