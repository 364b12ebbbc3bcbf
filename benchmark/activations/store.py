"""The activations store: one entry per layer and stimulus set, named by everything that decides its content."""

import hashlib
import io
import json
import tokenize
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.activations.activation_lease import hold_lease
from brainrank.benchmark.activations.blobs import Blob, Blobs
from brainrank.benchmark.activations.triangle import square_of, triangle_of
from brainrank.benchmark.files.zip_entries import UNREADABLE
from brainrank.benchmark.statistics.centred_gram import gram_dtype
from brainrank.benchmark.types.activations import Layer, LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Holder

# Raise it when the same model and images would give other activations than before.
EXTRACTOR_VERSION = 4
NARROW = ("layer", "features")
"""What is stored of a layer of fewer features than stimuli; its Gram matrix follows."""
ENTRY, USED, LEASE = ".npz", ".used", ".lease"


def store_key(
    *,
    network_digest: str,
    preprocessing: Preprocessing,
    layer: str,
    pooling: str,
    reduction: str,
    precision: str,
    stimuli_digest: str,
) -> str:
    """The sha256 of everything that decides a layer's activations.

    `network_digest` is that of the weights and of all that computes with them, our own code included
    (`ResolvedModel.network_digest`): the same weights may belong to two networks.
    """
    content = [network_digest, preprocessing.content, layer, pooling, reduction, precision, stimuli_digest]
    return hashlib.sha256(json.dumps([*content, EXTRACTOR_VERSION], sort_keys=True).encode()).hexdigest()


class StoreInfo(NamedTuple):
    """How much a store holds."""

    address: str
    entries: int
    size_bytes: int
    limit_bytes: int | None


class ActivationStore:
    """Gram matrices, and features, in a folder or at an fsspec URL. A damaged entry counts as missing and is replaced.

    Beside each entry stands an empty blob, written anew at every use: what has gone unused longest is removed first
    when the store is over its limit. (Object stores cannot change an entry's time without writing all of it.)
    """

    def __init__(self, address: str | Path, *, limit_bytes: int | None = None) -> None:
        self.blobs, self.limit_bytes = Blobs(address), limit_bytes

    def get(self, key: str, kind: type[Layer]) -> Layer | None:
        """Return the layer stored under `key`, None where there is none of this kind.

        Raises StorageError when the store cannot be reached.
        """
        content = self.blobs.read(_name(key, ENTRY))
        layer = None if content is None else _decode(content, kind)
        if layer is not None:
            with suppress(StorageError):  # a store one may only read is a store all the same
                self.blobs.write(_name(key, USED), b"")
        return layer

    def has(self, key: str) -> bool:
        """Whether something is stored under `key`. Raises StorageError when the store cannot be reached."""
        return self.blobs.exists(_name(key, ENTRY))

    def put(self, key: str, activations: LayerGram | LayerFeatures) -> None:
        """Store a layer under `key`. Raises StorageError when it cannot be written; nothing half-written is left."""
        self.blobs.write(_name(key, ENTRY), _encode(activations))

    def computing(self, key: str, *, waiting: Callable[[Holder], None]) -> AbstractContextManager[None]:
        """Return a context that one process at a time can be in; whoever had to wait looks into the store again."""
        return hold_lease(self.blobs, _name(key, LEASE), waiting=waiting)

    def trim(self, *, keep: Collection[str] = ()) -> int:
        """Remove what was used longest ago until the store is within its limit, never the keys in `keep`; count them.

        What killed processes left half-written goes, too.
        """
        self.blobs.sweep()
        if self.limit_bytes is None:
            return 0
        blobs = list(self.blobs.list())
        used = {blob.name.removesuffix(USED): blob.written for blob in blobs if blob.name.endswith(USED)}
        entries = [blob for blob in blobs if blob.name.endswith(ENTRY)]
        kept, total, removed = {_name(key, ENTRY) for key in keep}, sum(blob.size for blob in entries), 0

        def last_used(blob: Blob) -> float:
            return max(blob.written, used.get(blob.name.removesuffix(ENTRY), 0.0))

        for blob in sorted(entries, key=last_used):
            if total <= self.limit_bytes:
                break
            if blob.name not in kept:
                self._remove(blob.name)
                total, removed = total - blob.size, removed + 1
        return removed

    def info(self) -> StoreInfo:
        """Count the entries and their bytes."""
        sizes = [blob.size for blob in self.blobs.list() if blob.name.endswith(ENTRY)]
        return StoreInfo(self.blobs.address, len(sizes), sum(sizes), self.limit_bytes)

    def clear(self) -> StoreInfo:
        """Remove every entry; return what there was. Leases stay: what is being computed is not disturbed."""
        self.blobs.sweep()
        found = self.info()
        for blob in list(self.blobs.list()):
            if blob.name.endswith(ENTRY):
                self._remove(blob.name)
        return found

    def _remove(self, entry: str) -> None:
        self.blobs.remove(entry)
        self.blobs.remove(entry.removesuffix(ENTRY) + USED)


def _name(key: str, kind: str) -> str:
    return f"{key[:2]}/{key}{kind}"


def _stored_fields(kind: type[LayerGram | LayerFeatures]) -> list[str]:
    """What an entry holds; its key is its name."""
    return [each.name for each in fields(kind) if each.name not in {"key", "features"}]


def _narrow_layer(layer: str, features: NDArray[np.floating]) -> LayerGram:
    from brainrank.benchmark.activations.gram import narrow_layer  # torch, which who counts entries does not need

    return narrow_layer(layer, features)


def _encode(layer: LayerGram | LayerFeatures) -> bytes:
    narrow = isinstance(layer, LayerGram) and layer.features is not None
    names = NARROW if narrow else _stored_fields(type(layer))
    file, arrays = io.BytesIO(), {name: np.asarray(vars(layer)[name]) for name in names}
    if "gram" in arrays:
        arrays["gram"] = triangle_of(arrays["gram"], gram_dtype(len(arrays["gram"])))
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _decode(content: bytes, kind: type[Layer]) -> Layer | None:
    """Read an entry; None when it is of another kind, or damaged (the archive holds a checksum of each array)."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            if kind is LayerGram and set(stored.files) == set(NARROW):
                found: LayerGram | LayerFeatures = _narrow_layer(stored["layer"].item(), stored["features"])
                return cast(Layer, found)
            read = {name: stored[name] if stored[name].ndim else stored[name].item() for name in _stored_fields(kind)}
            if "gram" in read:
                read["gram"] = square_of(read["gram"])
            return kind(**read)
    except (
        *UNREADABLE,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        MemoryError,
        tokenize.TokenError,
    ):
        return None  # what a header claims is believed by numpy, and compared with the checksum afterwards
