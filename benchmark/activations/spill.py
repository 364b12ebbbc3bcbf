"""Where a layer's features wait for their Gram matrix: in memory while the budget lasts, else in one file on disk."""

import errno
import mmap
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.storage import writing_to

ITEM = 4  # bytes of a float32


class FeatureRows(Protocol):
    """A layer's features (stimuli x features), written a batch of rows at a time and read back by blocks of columns."""

    def write(self, start: int, rows: Float32[ndarray, "batch features"]) -> None:
        """Keep the rows of the stimuli from `start` on; writing them again replaces them."""

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield all rows of one block of features after the other; a block is only valid until the next one."""


class RowsInMemory:
    """Features held in an array."""

    def __init__(self, n_stimuli: int, n_features: int, *, width: int) -> None:
        self.features = np.empty((n_stimuli, n_features), np.float32)
        self._width = width

    def write(self, start: int, rows: Float32[ndarray, "batch features"]) -> None:
        """Copy the rows into place."""
        self.features[start : start + len(rows)] = rows

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield views of the array."""
        for left in range(0, self.features.shape[1], self._width):
            yield self.features[:, left : left + self._width]


class SpillFile:
    """A nameless temporary file of a size claimed at once, whose pages go to disk while the network computes.

    It is gone when closed, and when the process is killed. Claiming the space makes a full disk an error before the
    work, not after it; writes are plain writes since a store into a mapped page ends the process when the disk is full.
    Raises StorageError when the folder cannot hold it.
    """

    def __init__(self, folder: Path, size: int) -> None:
        with writing_to(folder):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by __exit__
            try:
                _claim(self._file.fileno(), size)
            except BaseException:
                self._file.close()
                raise
        self._folder, self._closing, self._written = folder, threading.Event(), threading.Event()
        self._settler = threading.Thread(target=self._settle, name="spill", daemon=True)
        self._settler.start()

    def __enter__(self) -> "SpillFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._written.set()
        self._settler.join()
        self._file.close()

    def write(self, rows: NDArray[np.float32], offset: int) -> None:
        """Write pieces of rows, one behind the other; each row's piece is contiguous."""
        with writing_to(self._folder):
            # The system takes at most 1,024 pieces in one call.
            for first in range(0, len(rows), 1024):
                pieces = [piece.data for piece in rows[first : first + 1024]]
                size = sum(piece.nbytes for piece in pieces)
                if os.pwritev(self._file.fileno(), pieces, offset) != size:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                offset += size
        self._written.set()

    def read(self, into: NDArray[np.float32], offset: int) -> None:
        """Fill a contiguous array, and let go of the pages it came from."""
        with writing_to(self._folder):
            if os.preadv(self._file.fileno(), [into.data], offset) != into.nbytes:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        _let_go(self._file.fileno(), offset, into.nbytes)

    def _settle(self) -> None:
        """Send written pages to disk and let go of them, so that they never pile up in memory."""
        while not self._closing.is_set():
            self._written.wait()
            self._written.clear()
            if sys.platform == "linux" and not self._closing.is_set():
                # A disk that fails here fails again, with a message, when the pages are read.
                try:
                    os.fdatasync(self._file.fileno())
                except OSError:
                    continue
                _let_go(self._file.fileno(), 0, 0)


class SpilledRows:
    """Features in a spill file: block after block of columns, each block (stimuli x width) in one piece.

    So a block is read in one sweep, and while one is multiplied the next is read.
    """

    def __init__(self, file: SpillFile, n_stimuli: int, n_features: int, *, offset: int, width: int) -> None:
        self._file, self._n_stimuli, self._n_features = file, n_stimuli, n_features
        self._offset, self._width = offset, width

    def write(self, start: int, rows: Float32[ndarray, "batch features"]) -> None:
        """Write the rows' piece of every block."""
        for left in range(0, self._n_features, self._width):
            piece = rows[:, left : left + self._width]
            self._file.write(piece, self._place(left) + start * piece.shape[1] * ITEM)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield one of two buffers while the other is filled."""
        buffers = [np.empty(self._n_stimuli * min(self._width, self._n_features), np.float32) for _ in range(2)]
        starts = range(0, self._n_features, self._width)
        with ThreadPoolExecutor(1) as reader:
            ahead = reader.submit(self._read, starts[0], buffers[0])
            for number in range(len(starts)):
                block = ahead.result()
                if number + 1 < len(starts):
                    ahead = reader.submit(self._read, starts[number + 1], buffers[(number + 1) % 2])
                yield block

    def _read(self, left: int, buffer: NDArray[np.float32]) -> NDArray[np.float32]:
        width = min(self._width, self._n_features - left)
        block = buffer[: self._n_stimuli * width].reshape(self._n_stimuli, width)
        self._file.read(block, self._place(left))
        return block

    def _place(self, left: int) -> int:
        return self._offset + self._n_stimuli * left * ITEM


def _claim(descriptor: int, size: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.ftruncate(descriptor, size)


def _let_go(descriptor: int, offset: int, length: int) -> None:
    """Drop pages that are on disk already from the page cache; whole pages only, none of a neighbouring block."""
    if sys.platform == "linux":
        first = -(-offset // mmap.PAGESIZE) * mmap.PAGESIZE
        last = (offset + length) // mmap.PAGESIZE * mmap.PAGESIZE
        if not length or last > first:
            os.posix_fadvise(descriptor, first, last - first if length else 0, os.POSIX_FADV_DONTNEED)
