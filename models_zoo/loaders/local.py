"""The local file that a source names, its content checked whenever it is read."""

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from brainrank.benchmark.files.downloads import fetch, sha256_of
from brainrank.benchmark.types.errors import DataUnavailableError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter

ZARR = ".zarr"


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
    if not (path.is_file() or is_zarr(path)):
        raise UserError(f"There is no file {path} (of '{spec.source}'); give its path from {Path.cwd()} or in full")
    return path


def is_zarr(path: Path) -> bool:
    """Whether it is a folder that stands for a file: arrays in zarr's format."""
    return path.suffix == ZARR and path.is_dir()


def content_digest(path: Path) -> str:
    """The sha256 of a file; of a folder of zarr's, that of its files with their names."""
    if not is_zarr(path):
        return sha256_of(path)
    files = sorted(each for each in path.rglob("*") if each.is_file())
    lines = [f"{each.relative_to(path).as_posix()} {sha256_of(each)}" for each in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def file_of(
    spec: ModelSpec, locations: Locations, reporter: Reporter, *, digest: Callable[[Path], str] = content_digest
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


@contextmanager
def open_checked(file: LocalFile) -> Iterator[IO[bytes]]:
    """The file, open at its beginning, what it holds just found to be what its sha256 says.

    A model stays warm from run to run and its file is read again: a bit that flipped meanwhile would be scored. Its
    size and time say nothing of that, so all of it is read (a second for 1 to 2 GB). Raises DataUnavailableError; a
    later attempt, which resolves the model anew, may find a whole copy.
    """
    with file.path.open("rb") as content:
        check_unchanged(file, hashlib.file_digest(content, "sha256").hexdigest())
        content.seek(0)
        yield content


def check_unchanged(file: LocalFile, found: str) -> None:
    """Raise DataUnavailableError where what was found is not the file's sha256."""
    if found != file.sha256:
        raise DataUnavailableError(
            f"{file.path.name} was damaged or changed after it was first read (its sha256 is {found[:12]}..., not "
            f"{file.sha256[:12]}...); put the file back as it was, or send it again"
        ) from OSError(errno.EIO, "the file has other content than before")


def content_of(file: LocalFile) -> bytes:
    """The bytes of a file, checked as `open_checked` does."""
    with open_checked(file) as content:
        return content.read()
