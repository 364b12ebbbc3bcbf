"""Where a layer's features wait for their Gram matrix: in memory while the budget lasts, else in one file on disk."""

import errno
import os
import queue
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.files.storage import writing_to

ITEM = 4  # bytes of a float32
STAGED = 3  # batches on their way to the disk
PAGE_ITEMS = 1024  # a block's width is a multiple of this: 4 KiB, the alignment that writing past the cache asks for


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
    """A nameless temporary file of a size claimed at once; written by a thread of its own, past the page cache.

    It is gone when closed, and when the process is killed. Claiming the space makes a full disk an error before the
    work, not after it; plain writes and reads are used since a store into a mapped page ends the process when the disk
    fails. Where the file system allows, pages bypass the cache: each is written once and read once, and a cache filled
    with them would push out everybody else's. Raises StorageError when the folder cannot hold it.
    """

    def __init__(self, folder: Path, size: int, *, piece_items: int) -> None:
        with writing_to(folder):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by __exit__
            try:
                _claim(self._file.fileno(), size)
            except BaseException:
                self._file.close()
                raise
        self._folder, self._direct = folder, _open_directly(self._file.fileno())
        self._writer, self._free = ThreadPoolExecutor(1), queue.SimpleQueue[NDArray[np.float32]]()
        for _ in range(STAGED):
            self._free.put(aligned(piece_items))
        self._writing: list[Future[None]] = []

    def __enter__(self) -> "SpillFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(cancel_futures=True)
        os.close(self._direct)
        self._file.close()

    def write(self, tiles: Sequence[tuple[int, NDArray[np.float32]]], *, width: int) -> None:
        """Write each tile (rows x at most `width`) at its offset, padded to `width`, from a copy made now."""
        self._raise_failed()
        staged, placed, used = self._free.get(), list[tuple[int, NDArray[np.float32]]](), 0
        for offset, tile in tiles:
            padded = staged[used : used + len(tile) * width]
            padded.reshape(len(tile), width)[:, : tile.shape[1]] = tile
            placed.append((offset, padded))
            used += padded.size
        self._writing.append(self._writer.submit(self._send, staged, placed))

    def finish(self) -> None:
        """Wait until everything is written. Raises StorageError when it could not be."""
        for each in self._writing:
            each.result()
        self._writing.clear()

    def read(self, into: NDArray[np.float32], offset: int) -> None:
        """Fill an aligned, contiguous array."""
        with writing_to(self._folder):
            if os.preadv(self._direct, [into.data], offset) != into.nbytes:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _send(self, staged: NDArray[np.float32], placed: Sequence[tuple[int, NDArray[np.float32]]]) -> None:
        try:
            with writing_to(self._folder):
                for offset, padded in placed:
                    if os.pwritev(self._direct, [padded.data], offset) != padded.nbytes:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            self._free.put(staged)

    def _raise_failed(self) -> None:
        while self._writing and self._writing[0].done():
            self._writing.pop(0).result()


class SpilledRows:
    """Features in a spill file: block after block of columns, each block (stimuli x width) in one piece.

    So a block is read in one sweep, and while one is multiplied the next is read. The last block is padded.
    """

    def __init__(self, file: SpillFile, n_stimuli: int, n_features: int, *, offset: int, width: int) -> None:
        self._file, self._n_stimuli, self._n_features = file, n_stimuli, n_features
        self._offset, self._width = offset, width

    def write(self, start: int, rows: Float32[ndarray, "batch features"]) -> None:
        """Write the rows' tile of every block."""
        width = self._width
        tiles = [
            (self._place(left) + start * width * ITEM, rows[:, left : left + width])
            for left in range(0, self._n_features, width)
        ]
        self._file.write(tiles, width=width)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield one of two buffers while the other is filled."""
        self._file.finish()
        buffers = [aligned(self._n_stimuli * self._width).reshape(self._n_stimuli, self._width) for _ in range(2)]
        starts = range(0, self._n_features, self._width)
        with ThreadPoolExecutor(1) as reader:
            ahead = reader.submit(self._file.read, buffers[0], self._place(0))
            for number, left in enumerate(starts):
                ahead.result()
                if number + 1 < len(starts):
                    ahead = reader.submit(self._file.read, buffers[(number + 1) % 2], self._place(starts[number + 1]))
                yield buffers[number % 2][:, : self._n_features - left]

    def _place(self, left: int) -> int:
        return self._offset + self._n_stimuli * left * ITEM


def padded_features(n_features: int, width: int) -> int:
    """The number of features rounded up to whole blocks: what a spilled row takes."""
    return -(-n_features // width) * width


def aligned(items: int) -> NDArray[np.float32]:
    """Return an array that starts on a page, as reads and writes past the page cache must."""
    loose = np.empty(items + PAGE_ITEMS, np.float32)
    first = -loose.ctypes.data % (PAGE_ITEMS * ITEM) // ITEM
    return loose[first : first + items]


def _claim(descriptor: int, size: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.ftruncate(descriptor, size)


def _open_directly(descriptor: int) -> int:
    """Open the file a second time past the page cache, or as it is where the file system cannot."""
    if sys.platform == "linux":
        try:
            return os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR | os.O_DIRECT)
        except OSError:
            pass  # the plain descriptor below gives the same bytes
    return os.dup(descriptor)
