"""Features as `.h5`: a data set for each layer, `stimulus_ids`, and the receipt as an attribute in JSON.

All space is given to the data sets when the file is made, and nothing but numbers is written from then on: a process
that is killed leaves a whole file, in which some numbers are missing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.feature_files.content import IDS, RECEIPT, Content, Stored, Target, stored_names

LAYER = "layer"
# What netCDF, whose files these are as well, calls the ids by: the name of their dimension.
STIMULUS = "stimulus"


def create(draft: Path, content: Content, *, block: int) -> None:
    """Make the file with everything but the numbers."""
    with h5py.File(draft, "x", track_order=True) as file:
        file.attrs[RECEIPT] = json.dumps(content.receipt)
        file.create_dataset(IDS, data=list(content.ids), dtype=h5py.string_dtype())
        for layer, name in stored_names(content.features).items():
            made = file.create_dataset(name, (len(content.ids), content.features[layer]), np.float32)
            claim(made, layer)


def claim(made: Any, layer: str) -> None:
    """Name a data set's layer, and have the file give it its space."""
    made.attrs[LAYER] = layer
    if made.size:
        made[-1, -1] = 0


@contextmanager
def writing(draft: Path, content: Content) -> Iterator[Target]:
    """The layers' data sets."""
    names = stored_names(content.features)
    with h5py.File(draft, "r+") as file:
        yield Target({layer: file[name] for layer, name in names.items()}, file.flush)


def finish(draft: Path, _content: Content) -> Path:
    """Nothing is left to do."""
    return draft


def read(path: Path) -> Stored:
    """What a file holds: every data set of numbers, stimuli x features, is a layer. Raises OSError for another file."""
    with h5py.File(path, "r") as file:
        found = {str(each.attrs.get(LAYER, name)): name for name, each in file.items() if _is_layer(name, each)}
        layers = {layer: prod(file[name].shape[1:]) for layer, name in found.items()}
        rows = next((len(file[name]) for name in found.values()), 0)
        named = next((each for each in (IDS, STIMULUS) if each in file), None)
        ids = range(rows) if named is None else _words(file[named])
        receipt = json.loads(str(file.attrs.get(RECEIPT, "{}")))
    return Stored(
        Content(tuple(map(str, ids)), layers, receipt), lambda layer: _load(path, found[layer]), named is not None
    )


def _words(ids: Any) -> list[str]:
    """Words as they are, numbers as they are written."""
    return [str(each) for each in (ids.asstr() if h5py.check_string_dtype(ids.dtype) else ids)[:].tolist()]


def _is_layer(name: str, each: Any) -> bool:
    return name != IDS and isinstance(each, h5py.Dataset) and each.ndim >= 2 and each.dtype.kind in "fiu"


def _load(path: Path, name: str) -> NDArray[Any]:
    """A data set that lies in one piece, as it lies on the disk; read, where it does not."""
    with h5py.File(path, "r") as file:
        found = file[name]
        offset = found.id.get_offset()
        if offset is None:
            return np.asarray(found[:])
        return np.memmap(path, found.dtype, "r", offset, found.shape)
