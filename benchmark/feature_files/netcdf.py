"""Features as `.nc`: netCDF 4, which is HDF5 with named dimensions, as xarray reads it."""

import json
from pathlib import Path

import h5netcdf
import h5py
import numpy as np

from brainrank.benchmark.feature_files.content import RECEIPT, Content, stored_names
from brainrank.benchmark.feature_files.hdf5 import STIMULUS, claim, finish, read, writing

__all__ = ["create", "finish", "read", "writing"]


def create(draft: Path, content: Content, *, block: int) -> None:
    """Make the file with everything but the numbers."""
    names = stored_names(content.features)
    with h5netcdf.File(draft, "x", track_order=True) as file:
        file.attrs[RECEIPT] = json.dumps(content.receipt)
        file.dimensions = {STIMULUS: len(content.ids)} | {
            f"{names[layer]}.feature": count for layer, count in content.features.items()
        }
        file.create_variable(STIMULUS, (STIMULUS,), h5py.string_dtype())[:] = np.array(content.ids, dtype=object)
        for name in names.values():
            file.create_variable(name, (STIMULUS, f"{name}.feature"), np.float32)
    with h5py.File(draft, "r+") as file:
        for layer, name in names.items():
            claim(file[name], layer)
