"""Where uploads that were found good are kept: among the downloads of this machine, or at an address workers share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.benchmark.files.downloads import cache_name
from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile


class _Place(NamedTuple):
    files: Any  # fsspec's file system, which has no types
    folder: str


def store(path: Path, file: RemoteFile, locations: Locations) -> None:
    """Move a file to where workers look for it. Raises StorageError when it cannot be written."""
    if locations.uploads is None:
        with writing_to(locations.downloads):
            path.replace(locations.downloads / cache_name(file))
        return
    with _reaching(locations.uploads) as place:
        place.files.makedirs(place.folder, exist_ok=True)
        place.files.put_file(str(path), f"{place.folder}/{cache_name(file)}")
    path.unlink()


def delete(file: RemoteFile, locations: Locations) -> None:
    """Remove a file; one that is gone already is fine. Raises StorageError when the place cannot be reached."""
    (locations.downloads / cache_name(file)).unlink(missing_ok=True)
    if locations.uploads is not None:
        with _reaching(locations.uploads) as place:
            try:
                place.files.rm_file(f"{place.folder}/{cache_name(file)}")
            except FileNotFoundError:
                return


@contextmanager
def _reaching(address: str) -> Iterator[_Place]:
    import fsspec  # .1 s, and only a service that shares uploads over a URL needs it

    try:
        files, folder = fsspec.core.url_to_fs(address)
        yield _Place(files, str(folder).rstrip("/"))
    except Exception as error:  # each store's client has errors of its own: botocore's are no OSError
        raise StorageError(
            f"The uploads at {address} cannot be reached ({type(error).__name__}: {error}); check the address, the "
            "network and your credentials, or unset BRAINRANK_UPLOADS_URL"
        ) from error
