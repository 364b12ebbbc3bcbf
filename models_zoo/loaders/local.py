"""The local file that a source names, its content checked."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.downloads import fetch, sha256_of
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter


class LocalFile(NamedTuple):
    """A file and the sha256 of its content (of Python, and of what of the user's own code it imports)."""

    path: Path
    sha256: str


def path_in(source: str) -> str:
    """The path inside `KIND:PATH`, without what `file:` and `python:` add behind it."""
    kind, _, rest = source.partition(":")
    if kind == "file":
        return rest.rpartition("#")[0] or rest
    return rest.rpartition(":")[0] or rest if kind == "python" else rest


def local_file(spec: ModelSpec) -> Path:
    """The file that the spec's source names. Raises UserError when it is not there."""
    path = Path(path_in(spec.source)).expanduser()
    if not path.is_file():
        raise UserError(f"There is no file {path} (of '{spec.source}'); give its path from {Path.cwd()} or in full")
    return path


def file_of(
    spec: ModelSpec, locations: Locations, reporter: Reporter, *, digest: Callable[[Path], str] = sha256_of
) -> LocalFile:
    """The spec's file: its `weights` (an upload, say) or the local one, which must be as it was when it was named.

    `digest` says what a local file is known by, where that is more than its own content.
    """
    if spec.weights is not None:
        return LocalFile(fetch(spec.weights, locations, reporter=reporter), spec.weights.sha256)
    path = local_file(spec)
    found = digest(path)
    if spec.file_sha256 not in {"", found}:
        raise UserError(f"{path} has changed since it was named (sha256 {found[:12]}, not {spec.file_sha256[:12]})")
    return LocalFile(path, found)
