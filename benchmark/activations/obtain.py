"""Activations from the store; what is missing there is computed, by one process at a time, and stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, cast

from brainrank.benchmark.activations.layers import is_glob, parse_layer
from brainrank.benchmark.activations.reduction import Reduction
from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.types.activations import Extraction, Layer, LayerFeatures, LayerGram, StoredLayers
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet

if TYPE_CHECKING:
    import torch
    from torch import nn

    from brainrank.benchmark.activations.forward_pass import ForwardPass


@dataclass(frozen=True)
class Source:
    """What decides a model's activations, and how to build its network when they are not in the store."""

    name: str
    network_digest: str
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    pooling: str
    reduction: Reduction
    build: "Callable[[], nn.Module]"


@dataclass(frozen=True)
class Obtained(Generic[Layer]):
    """The layers in order, and the kind of device they were computed on."""

    layers: Sequence[Layer]
    device: str


def obtain(
    source: Source,
    stimuli: StimulusSet,
    kind: type[Layer],
    *,
    home: Path,
    device: str,
    extraction: Extraction,
    reporter: Reporter,
) -> Obtained[Layer]:
    """Return every wanted layer, as Gram matrix or features; those the store has not are computed and stored.

    One forward pass has them all. `home` is the folder of the local store, of what is spilled and of the batch sizes
    that fit. While another process computes the same model on the same stimuli, this one waits for it. Errors as of
    `extract`, and StorageError.
    """
    from brainrank.benchmark.activations.extract import choose_device

    chosen = choose_device(device)
    if any(is_glob(layer) for layer in source.layers):
        source = _with_named_layers(source, stimuli, chosen)

    def compute(layers: Sequence[str]) -> Iterator[Layer]:
        reporter.message(f"Running {source.name} on {len(stimuli)} images of {stimuli.name} on {chosen.type}")
        return _extract(source, stimuli, kind, layers, home, chosen, extraction, reporter)

    layers = stored_or_computed(
        source, stimuli, kind, compute, home=home, device=chosen.type, extraction=extraction, reporter=reporter
    )
    return Obtained(layers, chosen.type)


def stored_or_computed(
    source: Source,
    stimuli: StimulusSet,
    kind: type[Layer],
    compute: Callable[[Sequence[str]], Iterable[Layer]],
    *,
    home: Path,
    device: str,
    extraction: Extraction,
    reporter: Reporter,
    check: Callable[[], None] = lambda: None,
) -> Sequence[Layer]:
    """Every wanted layer, of which none is a glob; what the store has not is had by `compute` and stored.

    `device` is the kind that `compute` computes on. While another process computes the same, this one waits for it and
    calls `check` at every look, which may raise to end that. Errors as of `compute`, and StorageError.
    """
    store = ActivationStore(
        extraction.store_url or home,
        limit_bytes=extraction.store_limit_bytes,
        derived_limit_bytes=extraction.derived_limit_bytes,
    )

    def key(text: str) -> str:
        layer, pooling = parse_layer(text, source.pooling)
        return store_key(
            network_digest=source.network_digest,
            preprocessing=source.preprocessing,
            layer=layer,
            pooling=pooling,
            reduction=source.reduction,
            precision=f"{extraction.precision} on {device}",
            stimuli_digest=stimuli.digest,
        )

    tell = cache(lambda: reporter.message(f"Waiting: another process is running {source.name} on {stimuli.name}"))

    def waiting() -> None:
        check()
        tell()

    keys = {layer: key(layer) for layer in source.layers}
    # As float64 squares, which layers of few features are not: then they are read more often than they need.
    fit_in_memory = kind is not LayerGram or len(keys) * len(stimuli) ** 2 * 8 <= extraction.memory_bytes
    found = dict[str, Layer]()

    def missing(layers: Iterable[str]) -> list[str]:
        if not fit_in_memory:
            return [layer for layer in layers if not store.has(keys[layer])]
        found.update(_read_stored(store, kind, {layer: keys[layer] for layer in layers}))
        return [layer for layer in layers if layer not in found]

    absent = missing(keys)
    if absent:
        with store.computing(key("*"), waiting=waiting):
            absent = missing(absent)
            for made in compute(absent) if absent else ():
                store.put(keys[made.layer], made)
                if fit_in_memory:
                    found[made.layer] = store.located(made, keys[made.layer])
        store.trim(keep=set(keys.values()))
    return [found[layer] for layer in keys] if fit_in_memory else _stored(store, kind, keys, compute)


def _stored(
    store: ActivationStore,
    kind: type[Layer],
    keys: Mapping[str, str],
    compute: Callable[[Sequence[str]], Iterable[Layer]],
) -> StoredLayers[Layer]:
    """Layers that are in the store, and are read from it when they are asked for."""
    names = list(keys)

    def read(number: int) -> Layer:
        layer, key = names[number], keys[names[number]]
        found = store.get(key, kind)
        if found is None:
            for made in compute([layer]):  # damaged, or removed by another process for want of space
                store.put(key, made)
                found = store.located(made, key)
        if found is None:
            raise StorageError(f"{layer} is not in the store {store.blobs.address}, where it was just written")
        return replace(found, layer=layer)

    return StoredLayers(names, list(keys.values()), read)


def _read_stored(store: ActivationStore, kind: type[Layer], keys: dict[str, str]) -> dict[str, Layer]:
    # The same entry may have been asked for as `conv` and as `conv:flatten`; it bears the name it is asked by now.
    return {
        layer: replace(stored, layer=layer)
        for layer, key in keys.items()
        if (stored := store.get(key, kind)) is not None
    }


def _extract(
    source: Source,
    stimuli: StimulusSet,
    kind: type[Layer],
    layers: Sequence[str],
    home: Path,
    device: "torch.device",
    extraction: Extraction,
    reporter: Reporter,
) -> Iterator[Layer]:
    from brainrank.benchmark.activations.batch_size import remembered_batch_size
    from brainrank.benchmark.activations.extract import extract, features

    run = cast(Callable[..., Iterator[Layer]], {LayerGram: extract, LayerFeatures: features}[kind])
    yield from run(
        _forward_pass(replace(source, layers=tuple(layers)), source.build(), stimuli, device),
        reporter=reporter,
        extraction=extraction,
        spill_folder=home / "spill",
        batch_size=remembered_batch_size(
            home / "batch-sizes", device, source.network_digest, str(source.preprocessing.size), extraction.precision
        ),
    )


def _with_named_layers(source: Source, stimuli: StimulusSet, device: "torch.device") -> Source:
    """Replace globs by the layers they name, in the order of the forward pass; the network must be built for it."""
    from brainrank.benchmark.activations.extract import layer_labels

    network = source.build()
    labels = layer_labels(_forward_pass(source, network, stimuli, device))
    return replace(source, layers=labels, build=lambda: network)


def _forward_pass(source: Source, network: "nn.Module", stimuli: StimulusSet, device: "torch.device") -> "ForwardPass":
    from brainrank.benchmark.activations.forward_pass import ForwardPass

    return ForwardPass(
        network,
        stimuli,
        layers=source.layers,
        preprocessing=source.preprocessing,
        pooling=source.pooling,
        device=device,
        reduction=source.reduction,
    )
