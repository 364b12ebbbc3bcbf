"""The activations store: one entry per layer and stimulus set, named by everything that decides its content."""

import hashlib
import io
import json
import logging
import time
import tokenize
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.activations.activation_lease import hold_lease, no_matter
from brainrank.benchmark.activations.blobs import Blob, Blobs
from brainrank.benchmark.activations.triangle import square_of, triangle_of
from brainrank.benchmark.files.zip_entries import UNREADABLE
from brainrank.benchmark.statistics.centred_gram import gram_dtype
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Layer, LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Holder

# Raise it when the same model and images would give other activations than before.
EXTRACTOR_VERSION = 4
NARROW = ("layer", "features")
"""What is stored of a layer of fewer features than stimuli; its Gram matrix follows."""
ENTRY, USED, LEASE = ".npz", ".used", ".lease"
# Between a layer's key and the name of what is derived from it.
DERIVED = "-derived-"
UNUSED_S = 3600.0
# What a header claims is believed by numpy, and compared with the checksum afterwards.
DAMAGED = (KeyError, TypeError, AttributeError, IndexError, SyntaxError, MemoryError, tokenize.TokenError)

log = logging.getLogger(__name__)


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

    def __init__(
        self,
        address: str | Path,
        *,
        limit_bytes: int | None = None,
        derived_limit_bytes: int = DEFAULT_EXTRACTION.derived_limit_bytes,
    ) -> None:
        self.blobs, self.limit_bytes, self.derived_limit_bytes = Blobs(address), limit_bytes, derived_limit_bytes

    def get(self, key: str, kind: type[Layer]) -> Layer | None:
        """Return the layer stored under `key`, None where there is none of this kind.

        Raises StorageError when the store cannot be reached.
        """
        content = self.blobs.read(_name(key, ENTRY))
        layer = None if content is None else _decode(content, kind)
        if layer is not None:
            self.use(key)
        return None if layer is None else self.located(layer, key)

    def located(self, layer: Layer, key: str) -> Layer:
        """The layer as one that is here under `key`, where what is derived from it is stored, too."""
        if isinstance(layer, LayerFeatures):
            return replace(layer, key=key)
        return replace(layer, key=key, derived=DerivedEntries(self, key))

    def use(self, key: str) -> None:
        """Note that an entry is in use now."""
        with suppress(StorageError):  # a store one may only read is a store all the same
            self.blobs.write(_name(key, USED), b"")

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
        entries, kept = self.entries(), {_name(key, ENTRY) for key in keep}
        total, removed = sum(entry.size for entry in entries), 0
        for entry in entries:
            if total <= self.limit_bytes:
                break
            if entry.name not in kept:
                self.remove(entry)
                total, removed = total - entry.size, removed + 1
        return removed

    def entries(self) -> list[Blob]:
        """Every entry, with when it was last used, the longest ago first."""
        blobs = list(self.blobs.list())
        used = {blob.name.removesuffix(USED): blob.written for blob in blobs if blob.name.endswith(USED)}
        entries = [
            blob._replace(written=max(blob.written, used.get(blob.name.removesuffix(ENTRY), 0.0)))
            for blob in blobs
            if blob.name.endswith(ENTRY)
        ]
        return sorted(entries, key=lambda each: each.written)

    def info(self) -> StoreInfo:
        """Count the entries and their bytes."""
        sizes = [blob.size for blob in self.blobs.list() if blob.name.endswith(ENTRY)]
        return StoreInfo(self.blobs.address, len(sizes), sum(sizes), self.limit_bytes)

    def clear(self) -> StoreInfo:
        """Remove every entry; return what there was. Leases stay: what is being computed is not disturbed."""
        self.blobs.sweep()
        found = self.info()
        for entry in self.entries():
            self.remove(entry)
        return found

    def remove(self, entry: Blob) -> None:
        """Remove an entry."""
        self.blobs.remove(entry.name)
        self.blobs.remove(entry.name.removesuffix(ENTRY) + USED)


class DerivedEntries:
    """What takes long to derive from a layer (decompositions of training sets), stored beside it.

    It is there for other regions on the same images, for the layer's next run, and for one that was killed. Nothing in
    use goes for it: what does not fit within the store's limit for derived entries, or leaves less than a tenth of the
    disk free, once what was unused for an hour is gone, is not stored.
    """

    def __init__(self, store: ActivationStore, key: str) -> None:
        self._store, self._key = store, key

    def obtain(self, name: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        """The arrays of this name: those stored, else what `make` makes, which one process at a time does.

        A store that fails costs only the time to make them.
        """
        key, found = f"{self._key}{DERIVED}{name}", None
        try:
            found = self._read(key)
            if found is None:
                with self._store.computing(key, waiting=no_matter):
                    found = self._read(key)
                    if found is None:
                        found = make()
                        self._write(key, found)
        except StorageError as error:
            log.warning("%s of a layer is not stored: %s", name, error)
        return make() if found is None else found

    def has(self, name: str) -> bool:
        """Whether arrays of this name are stored; not, as far as anybody can tell, where the store fails."""
        try:
            return self._store.blobs.exists(_name(f"{self._key}{DERIVED}{name}", ENTRY))
        except StorageError as error:
            log.warning("whether %s of a layer is stored cannot be told: %s", name, error)
            return False

    def _read(self, key: str) -> Mapping[str, NDArray[Any]] | None:
        with self._store.blobs.open(_name(key, ENTRY)) as file:
            if file is None:
                return None
            try:
                with np.load(file, allow_pickle=False) as stored:
                    found = {each: stored[each] for each in stored.files}
            except (*UNREADABLE, *DAMAGED):
                return None
        self._store.use(key)
        return found

    def _write(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        if self._makes_room(sum(each.nbytes for each in arrays.values())):
            with self._store.blobs.writing(_name(key, ENTRY)) as file:
                np.savez(file, allow_pickle=False, **arrays)

    def _makes_room(self, size: int) -> bool:
        store, now = self._store, time.time()
        derived = [each for each in store.entries() if DERIVED in each.name]
        free, total = store.blobs.free_bytes(), sum(each.size for each in derived)
        for entry in derived:
            if total + size <= store.derived_limit_bytes and (free is None or size <= free):
                break
            if now - entry.written < UNUSED_S:
                break
            store.remove(entry)
            total, free = total - entry.size, None if free is None else free + entry.size
        return total + size <= store.derived_limit_bytes and (free is None or size <= free)


def _name(key: str, kind: str) -> str:
    return f"{key[:2]}/{key}{kind}"


def _stored_fields(kind: type[LayerGram | LayerFeatures]) -> list[str]:
    """What an entry holds; its key is its name."""
    names = (each.name.removeprefix("given_") for each in fields(kind))
    return [each for each in names if each not in {"key", "features", "derived"}]


def _narrow_layer(layer: str, features: NDArray[np.floating]) -> LayerGram:
    from brainrank.benchmark.activations.gram import narrow_layer  # torch, which who counts entries does not need

    return narrow_layer(layer, features)


def _encode(layer: LayerGram | LayerFeatures) -> bytes:
    narrow = isinstance(layer, LayerGram) and layer.features is not None
    names = NARROW if narrow else _stored_fields(type(layer))
    file, arrays = io.BytesIO(), {name: np.asarray(getattr(layer, name)) for name in names}
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
                triangle, n_stimuli = read.pop("gram"), len(read["row_sums"])
                if triangle.shape != (n_stimuli * (n_stimuli + 1) // 2,):
                    return None
                read["given_gram"] = partial(square_of, triangle)
            return kind(**read)
    except (*UNREADABLE, *DAMAGED):
        return None
