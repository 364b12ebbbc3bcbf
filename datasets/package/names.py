"""Names of a package's files: plain on every system, and each the name of one file wherever the package is unpacked."""

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from brainrank.benchmark.types.text import refused_character

LONGEST_PATH, LONGEST_PART_BYTES = 1_000, 255


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
        known = first.setdefault(_plain(path), path)
        if known != path:
            yield known, path
    for path in ordered:
        for folder in list(PurePosixPath(path).parents)[:-1]:
            known = first.get(_plain(str(folder)), path)
            if known != path:
                yield known, path


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
