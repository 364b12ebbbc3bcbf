"""`features:FILE`: features in a file, per layer, aligned by stimulus id; nothing about them is verified."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from brainrank.benchmark.feature_files.content import IDS, RECEIPT
from brainrank.benchmark.feature_files.draft import read_features as stored_features
from brainrank.benchmark.files.array_claims import Claim, check_npy, check_npz
from brainrank.benchmark.files.zip_entries import UNREADABLE
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError, first_line
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.local import (
    LocalFile,
    check_unchanged,
    content_digest,
    file_of,
    local_file,
    open_checked,
    path_in,
)
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

ONLY_LAYER, BESIDE = "features", {IDS, RECEIPT}
SUFFIXES = (".npz", ".npy", ".h5", ".nc", ".zarr")
# Their arrays are found by our own reader; NumPy's formats come from strangers, too, and are checked header by header.
STORED = (".h5", ".nc", ".zarr")
# There is no image to prepare: the receipt shows that nothing was done.
NO_PREPROCESSING = Preprocessing(size=(0, 0))


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a file of one of these formats that is there."""
    path = path_in(spec.source)
    if not path.endswith(SUFFIXES):
        raise UserError(
            f"'{path}' is none of {', '.join(SUFFIXES)}; save features as .npz (an array per layer) or .npy (one "
            "layer), or write them with brainrank features"
        )
    if spec.weights is None:
        local_file(spec)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the layers in the file; their rows are read and aligned when stimuli are known."""
    check(spec)
    file = file_of(spec, locations, reporter)
    layers = spec.layers or layers_in(file)
    return ResolvedModel(
        file.sha256,
        Network("features"),
        NO_PREPROCESSING,
        layers,
        partial(_refuse, file.path),
        features=partial(read_features, file, layers),
        stored_shapes=partial(stored_shapes, file),
    )


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The features themselves: there is no network behind them."""
    return resolve(spec, locations, reporter)


def _refuse(path: Path) -> nn.Module:
    raise UserError(f"{path.name} holds features, no network; nothing can be run on images")


def layers_in(file: LocalFile) -> tuple[str, ...]:
    """The names of the layers, in the file's order."""
    layers = tuple(name for name in _file_claims(file) if name not in BESIDE)
    if not layers:
        raise InvalidDataError(f"{file.path} holds no layer; save an array (stimuli x features) per layer")
    return layers


def stored_shapes(file: LocalFile) -> Mapping[str, tuple[int, ...]]:
    """What one stimulus has in each layer of the file."""
    return {name: claim.shape[1:] for name, claim in _file_claims(file).items() if name not in BESIDE}


def read_features(file: LocalFile, layers: Sequence[str], stimulus_ids: Sequence[str]) -> Mapping[str, NDArray[Any]]:
    """Return each layer's rows for these stimuli, in this order.

    With `stimulus_ids` in the file its rows are found by id, and it may hold more stimuli than are asked for; without,
    it must have exactly one row per stimulus, in the study's order. Raises InvalidDataError for rows that are missing
    or no finite numbers, UnknownNameError for a layer that is not there, DataUnavailableError for a changed file.
    """
    path = file.path
    content = _read_layers(file, layers) if path.suffix in STORED else _read(file)
    ids = content.pop(IDS, None)
    content.pop(RECEIPT, None)
    rows = None if ids is None else _rows(path, [str(each) for each in ids], stimulus_ids)
    features = {}
    for layer in layers:
        if layer not in content:
            raise UnknownNameError(f"layer of {path.name}", layer, content)
        features[layer] = _aligned(path, layer, content[layer], rows, n_ids=None if ids is None else len(ids))
        if len(features[layer]) != len(stimulus_ids):
            raise InvalidDataError(
                f"Layer '{layer}' of {path.name} has {len(features[layer])} rows for {len(stimulus_ids)} stimuli; add "
                f"an array '{IDS}' that says which is which, or give one row per stimulus in the study's order"
            )
    return features


def _rows(path: Path, ids: Sequence[str], wanted: Sequence[str]) -> NDArray[np.intp]:
    places = {each: row for row, each in enumerate(ids)}
    if len(places) < len(ids):
        raise InvalidDataError(f"'{IDS}' of {path.name} repeats ids; each stimulus has one row")
    missing = [each for each in wanted if each not in places]
    if missing:
        raise InvalidDataError(
            f"{path.name} lacks {len(missing)} of {len(wanted)} stimuli: {', '.join(missing[:5])}; its first ids are "
            f"{', '.join(ids[:3])}"
        )
    return np.array([places[each] for each in wanted], dtype=np.intp)


def _aligned(
    path: Path, layer: str, array: NDArray[Any], rows: NDArray[np.intp] | None, *, n_ids: int | None
) -> NDArray[Any]:
    if array.ndim < 2 or array.dtype.kind not in "fiu":
        raise InvalidDataError(
            f"Layer '{layer}' of {path.name} is {array.dtype} with the shape {array.shape}; it must be numbers, "
            "stimuli x features"
        )
    if n_ids is not None and len(array) != n_ids:
        raise InvalidDataError(f"Layer '{layer}' of {path.name} has {len(array)} rows, but '{IDS}' has {n_ids}")
    found = array if rows is None else array[rows]
    if not np.isfinite(found).all():
        raise InvalidDataError(f"Layer '{layer}' of {path.name} holds NaN or infinite numbers; a feature is finite")
    return found.reshape(len(found), -1)


def _file_claims(file: LocalFile) -> Mapping[str, Claim]:
    """What the file's headers say of its arrays, by name."""
    if file.path.suffix in STORED:
        found = stored_features(file.path).content
        return {
            layer: Claim(layer, (len(found.ids), count), np.dtype(np.float32))
            for layer, count in found.features.items()
        }
    with open_checked(file):
        return _claims(file.path)


def _claims(path: Path) -> dict[str, Claim]:
    return {ONLY_LAYER: check_npy(path)} if path.suffix == ".npy" else {each.name: each for each in check_npz(path)}


def _read_layers(file: LocalFile, layers: Sequence[str]) -> dict[str, NDArray[Any]]:
    """These layers, those that are there, and the ids of a file that brainrank wrote, or of one like it."""
    check_unchanged(file, content_digest(file.path))
    found = stored_features(file.path)
    arrays = {layer: found.load(layer) for layer in layers if layer in found.content.features}
    if not found.has_ids:
        return arrays
    return {**arrays, IDS: np.array(found.content.ids)}


def _read(file: LocalFile) -> dict[str, NDArray[Any]]:
    path = file.path
    with open_checked(file) as content:
        try:
            _claims(path)
            if path.suffix == ".npy":
                return {ONLY_LAYER: np.load(content, allow_pickle=False)}
            with np.load(content, allow_pickle=False) as archive:
                return dict(archive)
        except UNREADABLE as error:
            raise InvalidDataError(
                f"{path} is damaged or holds objects ({first_line(error)}); save plain arrays with numpy.savez"
            ) from error
