"""HDF5 files, MATLAB's v7.3 among them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brainrank.datasets.readers.own_files import reading


@contextmanager
def reading_hdf5(path: Path) -> Iterator[Any]:
    """The open h5py.File. Raises InvalidDataError, as `reading`, for a broken or foreign file."""
    import h5py  # 11 MB of memory, which the web process does without: it lists data sets and reads none

    with reading(path), h5py.File(path) as stored:
        yield stored
