"""Names of a package's files: plain on every system, and each the name of one file wherever the package is unpacked."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.text import refused_character, without_accents

LONGEST_PATH, LONGEST_PART_BYTES = 1_000, 255
LONGEST_NAME = 60


def plain_name(text: str) -> str:
    """A name in lower-case letters and digits joined by hyphens: `Étude V1` is `etude-v1`.

    Letters lose their accents. Raises InvalidDataError where nothing is left, as of letters of another alphabet.
    """
    name = re.sub(r"[^a-z0-9]+", "-", without_accents(text)).strip("-")[:LONGEST_NAME].strip("-")
    if not name:
        raise InvalidDataError(f"the name '{text}' has no letter from a to z and no digit; give one that has")
    return name


def inside_path(path: str) -> str:
    """Return a path that stays inside its folder on every system; raises ValueError for another."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or set(path) & set("\\:") or path != "/".join(parts):
        raise ValueError("give a path inside the package, with forward slashes")
    refused = refused_character(path, breaks=False)
    if refused is not None:
        raise ValueError(f"give a path of characters that can be seen, without {refused}")
    if len(path) > LONGEST_PATH or any(len(part.encode()) > LONGEST_PART_BYTES for part in parts):
        raise ValueError(
            f"give a path of at most {LONGEST_PATH} characters, with {LONGEST_PART_BYTES} bytes between slashes"
        )
    return path


def clashes(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of different paths that cannot both be there: equal but for capitals, or one a folder of the other.

    On Windows and macOS the first are one file; so are letters written in two ways in Unicode.
    """
    ordered = sorted(set(paths))
    first: dict[str, str] = {}
    for path in ordered:
        known = first.setdefault(_plain_path(path), path)
        if known != path:
            yield known, path
    for path in ordered:
        for folder in list(PurePosixPath(path).parents)[:-1]:
            known = first.get(_plain_path(str(folder)), path)
            if known != path:
                yield known, path


def _plain_path(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
