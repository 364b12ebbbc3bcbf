"""What the options of `brainrank dataset init` say: files by region, and parameters of a metric."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brainrank.benchmark.types.errors import InvalidDataError


def files_by_region(given: Sequence[str] | None, option: str) -> dict[str, Path]:
    """The files of `NAME=FILE` and `FILE`, which has no name, by their names.

    A path that is there is one, whatever signs it has. Raises InvalidDataError for a name that is there twice, or for
    several files without one.
    """
    found: dict[str, Path] = {}
    for text in given or ():
        name, sign, file = text.partition("=")
        plain = not sign or "/" in name or Path(text).exists()
        key, path = ("", Path(text)) if plain else (name.strip(), Path(file))
        if key in found:
            told = f"the name {key} twice" if key else "several files without a name"
            raise InvalidDataError(f"{option} gives {told}; write NAME=FILE for each, such as sub01-v1={path}")
        found[key] = path
    return found


def parameters_in(given: Sequence[str] | None) -> dict[str, Any]:
    """The values of `NAME=VALUE` as TOML has them, other words as text. Raises InvalidDataError for what is neither."""
    found: dict[str, Any] = {}
    for text in given or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            raise InvalidDataError(f"--parameter {text}: write NAME=VALUE, such as dissimilarity=crossnobis")
        try:
            found[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = value
    return found
