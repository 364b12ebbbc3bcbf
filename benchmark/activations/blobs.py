"""Blobs: named pieces of bytes in a local folder or in any store that fsspec can reach."""

import io
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

import fsspec

from brainrank.benchmark.files.storage import writing_to, written_whole
from brainrank.benchmark.types.errors import BrainrankError, StorageError, UserError
from brainrank.benchmark.types.installing import extra_command

# A write that is still going on has touched its file more recently.
ABANDONED_S = 60


class Blob(NamedTuple):
    """A blob's name, its size in bytes, and when it was written (seconds since 1970, by the store's clock)."""

    name: str
    size: int
    written: float


class Blobs:
    """Blobs under one address: a folder, or a URL such as `s3://BUCKET/FOLDER`.

    A blob appears whole or not at all where the store can promise it: local files by renaming, object stores by
    themselves. Raises UserError for an address that fsspec has no client for.
    """

    def __init__(self, address: str | Path) -> None:
        self.address = str(address)
        try:
            self._files, root = fsspec.core.url_to_fs(self.address)
        except (ImportError, ValueError) as error:
            raise UserError(
                f"Cannot use the activations store '{self.address}' ({error}); write a folder or a URL such as "
                f"s3://BUCKET/FOLDER, and install what its scheme needs (for s3: {extra_command('s3')})"
            ) from error
        self._root = str(root).rstrip("/")
        self.folder = Path(self._root) if "file" in _protocols(self._files.protocol) else None

    def read(self, name: str) -> bytes | None:
        """Return a blob's bytes, or None when there is none. Raises StorageError when the store cannot be reached."""
        with self._reaching():
            try:
                return bytes(self._read(name))
            except FileNotFoundError:
                return None

    @contextmanager
    def open(self, name: str) -> Iterator[io.BufferedIOBase | None]:
        """Open a blob to read from, without a copy of all of it where it is a file; None where there is none."""
        with self._reaching():
            try:
                file: io.BufferedIOBase | None = self._open(name)
            except FileNotFoundError:
                file = None
        try:
            yield file
        finally:
            if file is not None:
                file.close()

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file whose content is the blob's when the block ends without an error. Raises StorageError."""
        if self.folder is not None:
            with written_whole(self.folder / name) as file:
                yield file
            return
        content = io.BytesIO()
        yield content
        with self._reaching():
            self._files.pipe_file(f"{self._root}/{name}", content.getvalue())

    def free_bytes(self) -> int | None:
        """What the disk of a folder has free, less the tenth that is left to others; None for other stores."""
        if self.folder is None or not self.folder.exists():
            return None
        disk = shutil.disk_usage(self.folder)
        return max(disk.free - disk.total // 10, 0)

    def exists(self, name: str) -> bool:
        """Whether there is a blob of this name."""
        with self._reaching():
            self._files.invalidate_cache()
            return bool(self._files.isfile(f"{self._root}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """Write a blob, replacing it. Raises StorageError when it cannot be written."""
        with self._reaching(), self.writing(name) as file:
            file.write(content)

    def create(self, name: str, content: bytes) -> bool:
        """Write a blob only if there is none; return whether it was written."""
        with self._reaching():
            try:
                if self.folder is None:
                    self._files.pipe_file(f"{self._root}/{name}", content, mode="create")
                else:
                    path = self.folder / name
                    with writing_to(path.parent):
                        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                    with os.fdopen(descriptor, "wb") as file:
                        file.write(content)
            except (FileExistsError, StorageError) as error:
                if isinstance(error, FileExistsError) or isinstance(error.__cause__, FileExistsError):
                    return False
                raise
            return True

    def remove(self, name: str) -> None:
        """Remove a blob; one that is gone already is fine."""
        with self._reaching():
            try:
                self._files.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return

    def list(self) -> Iterator[Blob]:
        """Yield every blob."""
        with self._reaching():
            self._files.invalidate_cache()
            found = self._files.find(self._root, detail=True)
        for path, about in found.items():
            written = about.get("mtime") or about.get("LastModified") or about.get("created") or 0.0
            seconds = written.timestamp() if isinstance(written, datetime) else float(written)
            yield Blob(str(path).removeprefix(self._root).lstrip("/"), int(about["size"]), seconds)

    def sweep(self) -> None:
        """Remove what killed processes left half-written in a local folder."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.rglob("partial-*"):
            try:
                if time.time() - path.stat().st_mtime > ABANDONED_S and not _is_alive(path.name):
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue

    def _open(self, name: str) -> io.BufferedIOBase:
        if self.folder is not None:
            return (self.folder / name).open("rb")
        return io.BytesIO(self._read(name))

    def _read(self, name: str) -> bytes:
        found: bytes = self._files.cat_file(f"{self._root}/{name}")
        return found

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn a failure of the store into StorageError."""
        try:
            yield
        except BrainrankError:
            raise
        except Exception as error:  # each store's client has errors of its own: botocore's are no OSError
            raise StorageError(
                f"The activations store {self.address} failed ({type(error).__name__}: {error}); check the address, "
                "the network and your credentials, or unset BRAINRANK_STORE_URL"
            ) from error


def process_is_alive(number: int) -> bool:
    """Whether a process of that number runs on this machine; one that has ended and waits to be buried does not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{number}/stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:  # gone since, or a system that has no such files
        return sys.platform != "linux"
    return state not in (b"Z", b"X")


def _is_alive(partial_name: str) -> bool:
    found = re.match(r"partial-(\d+)-", partial_name)
    return found is not None and process_is_alive(int(found[1]))


def _protocols(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)
