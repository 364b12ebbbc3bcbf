"""Features as `.zarr` (format 2, which every library of zarr reads): an array for each layer, in blocks of stimuli.

Each block is a file of its own. xarray opens it: dimensions are named and the metadata are in one place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from brainrank.benchmark.feature_files.content import RECEIPT, Content, Stored, Target, stored_names

DIMENSIONS, LAYER, LAYERS, STIMULUS = "_ARRAY_DIMENSIONS", "layer", "layers", "stimulus"


def create(draft: Path, content: Content, *, block: int) -> None:
    """Make the group with everything but the numbers."""
    group = zarr.create_group(draft, zarr_format=2)
    names = stored_names(content.features)
    group.attrs.update({RECEIPT: dict(content.receipt), LAYERS: names})
    ids = group.create_array(STIMULUS, data=np.array(content.ids))
    ids.attrs[DIMENSIONS] = [STIMULUS]
    for layer, name in names.items():
        count = content.features[layer]
        made = group.create_array(
            name,
            shape=(len(content.ids), count),
            chunks=(min(block, len(content.ids)), count),
            dtype=np.float32,
            compressors=None,
            fill_value=np.nan,
        )
        made.attrs.update({DIMENSIONS: [STIMULUS, f"{name}.feature"], LAYER: layer})


@contextmanager
def writing(draft: Path, content: Content) -> Iterator[Target]:
    """The layers' arrays."""
    group = zarr.open_group(draft, mode="r+", use_consolidated=False)
    names = stored_names(content.features)
    yield Target({layer: group[name] for layer, name in names.items()}, lambda: None)


def finish(draft: Path, _content: Content) -> Path:
    """Put all metadata into one place."""
    zarr.consolidate_metadata(draft)
    return draft


def read(path: Path) -> Stored:
    """What a group holds: every array of numbers, stimuli x features, is a layer."""
    group = zarr.open_group(path, mode="r")
    arrays = {name: each for name, each in group.arrays() if each.ndim >= 2 and each.dtype.kind in "fiu"}
    attributes: dict[str, Any] = group.attrs.asdict()
    order = {name: place for place, name in enumerate(attributes.get(LAYERS, {}).values())}
    names = sorted(arrays, key=lambda name: order.get(name, len(order)))
    found = {str(arrays[name].attrs.get(LAYER, name)): arrays[name] for name in names}
    rows = next((each.shape[0] for each in found.values()), 0)
    named: Any = group.get(STIMULUS, None)
    ids = range(rows) if named is None else np.asarray(named[:]).tolist()
    features = {layer: prod(each.shape[1:]) for layer, each in found.items()}

    def load(layer: str) -> NDArray[Any]:
        return np.asarray(found[layer][:])

    return Stored(Content(tuple(map(str, ids)), features, attributes.get(RECEIPT, {})), load, named is not None)
