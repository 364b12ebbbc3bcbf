"""Features of images: what a model's layers put out, in memory or in a file, with what they were made of and how."""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.feature_files.content import Content, Stored
from brainrank.benchmark.feature_files.draft import fitting_batch, is_there, open_draft, read_features
from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.scoring.code_version import network_code
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.resolved import ResolvedModel

if TYPE_CHECKING:
    from brainrank.benchmark.activations.batch_size import BatchSize
    from brainrank.benchmark.activations.forward_pass import ForwardPass
    from brainrank.benchmark.activations.stream import Rows

LIBRARIES = ("numpy", "pillow", "timm", "torch", "torchvision")
ITEM, BATCH = 4, 16


@dataclass(frozen=True)
class Asked:
    """Whose features are wanted: a model with its layers and pooling, and how they are had."""

    spec: ModelSpec
    model: ResolvedModel
    locations: Locations
    device: str = "auto"
    extraction: Extraction = DEFAULT_EXTRACTION


def asked_by_name(
    spec: ModelSpec, *, layers: Sequence[str], pooling: str, locations: Locations, reporter: Reporter
) -> Asked:
    """A model that is found by its source, with these layers instead of its own, if any. Raises as `resolve`."""
    chosen = tuple(dict.fromkeys(layers)) or spec.layers
    wanted = replace(spec, layers=chosen, pooling=pooling)
    return Asked(wanted, resolve(wanted, locations, reporter), locations)


def compute(asked: Asked, stimuli: StimulusSet, reporter: Reporter) -> Stored:
    """The features, in memory; what the budget of memory does not hold waits on the disk until nobody needs it.

    Raises UserError for a model without a network, and as `extract`.
    """
    receipt, made = _receipt(asked, stimuli), list[_InMemory]()

    def begin(features: Mapping[str, int], _size: "BatchSize", _forward: "ForwardPass") -> _InMemory:
        made.append(_InMemory(Content(stimuli.ids, features, receipt), asked, reporter))
        return made[0]

    _pass(asked, stimuli, begin, reporter)
    return Stored(made[0].content, made[0].arrays.__getitem__)


def compute_into(asked: Asked, stimuli: StimulusSet, path: Path, reporter: Reporter) -> Stored:
    """The features in a file, which has its name once it is whole; what an earlier attempt made is not made again.

    Raises UserError for a file of other features, and as `compute`; StorageError when the disk does not hold them.
    """
    receipt = _receipt(asked, stimuli)
    if is_there(path, receipt):
        reporter.message(f"{path} is there already, with these features; nothing was computed")
        return read_features(path)
    with ExitStack() as opened:

        def begin(features: Mapping[str, int], size: "BatchSize", forward: "ForwardPass") -> "Rows":
            memory_bytes, beside = asked.extraction.memory_bytes, partial(forward.transit_bytes, features)
            size.at_most(fitting_batch(features, size.value, memory_bytes=memory_bytes, beside_bytes=beside))
            left, content = memory_bytes - beside(size.value), Content(stimuli.ids, features, receipt)
            draft = open_draft(path, content, batch=size.value, memory_bytes=left, reporter=reporter)
            return opened.enter_context(draft)

        _pass(asked, stimuli, begin, reporter)
    return read_features(path)


def save(stored: Stored, path: Path, reporter: Reporter) -> None:
    """Write features to a file, in blocks. Raises UserError for a file of other features, StorageError."""
    content, batch = stored.content, BATCH
    if is_there(path, content.receipt):
        return
    row = ITEM * sum(content.features.values())
    with open_draft(path, content, batch=batch, memory_bytes=max(2**27, 2 * batch * row), reporter=reporter) as draft:
        loaded = {layer: stored.load(layer).reshape(len(content.ids), -1) for layer in content.features}
        for start in range(draft.done, len(content.ids), batch):
            end = min(start + batch, len(content.ids))
            for layer, array in loaded.items():
                draft.write(layer, start, np.asarray(array[start:end], np.float32))
            draft.mark(end)
            reporter.progress(f"writing {path.name}", end, len(content.ids))


def _pass(
    asked: Asked,
    stimuli: StimulusSet,
    begin: "Callable[[Mapping[str, int], BatchSize, ForwardPass], Rows]",
    reporter: Reporter,
) -> None:
    """Build the network and pass the images forward; `begin` is told the layers, how many images are in a batch, which
    it may lower, and what passes them."""
    from brainrank.benchmark.activations.batch_size import remembered_batch_size
    from brainrank.benchmark.activations.computing import device_name
    from brainrank.benchmark.activations.extract import choose_device
    from brainrank.benchmark.activations.forward_pass import ForwardPass
    from brainrank.benchmark.activations.stream import stream

    spec, model, extraction = asked.spec, asked.model, asked.extraction
    device = choose_device(asked.device)
    made_of = (_network_digest(asked), str(model.preprocessing.size), extraction.precision)
    batch_size = remembered_batch_size(asked.locations.activations / "batch-sizes", device, *made_of)
    reporter.message(f"Running {spec.name} on {len(stimuli)} images on {device_name(device)}")
    forward = ForwardPass(
        model.build(),
        stimuli,
        layers=model.layers,
        preprocessing=model.preprocessing,
        pooling=spec.pooling,
        device=device,
    )
    stream(
        forward,
        precision=extraction.precision,
        batch_size=batch_size,
        reporter=reporter,
        begin=lambda features: begin(features, batch_size, forward),
    )


def _network_digest(asked: Asked) -> str:
    return asked.model.network_digest(network_code(asked.spec))


def _receipt(asked: Asked, stimuli: StimulusSet) -> dict[str, Any]:
    """What the features are made of and how, in plain values. Raises UserError for a model without a network."""
    from brainrank.benchmark.activations.computing import device_name
    from brainrank.benchmark.activations.extract import choose_device

    spec, model = asked.spec, asked.model
    if model.features is not None or model.trials is not None:
        held = "features already: brainrank.open_features reads them" if model.features else "choices, no features"
        raise UserError(f"'{spec.source}' holds {held}; give a model that has a network")
    return {
        "model": spec.name,
        "source": spec.source,
        "verified": find_source(spec).verified,
        "spec_digest": spec.digest,
        "weights_digest": model.weights_digest,
        "network_digest": _network_digest(asked),
        "preprocessing": model.preprocessing.content,
        "asked": list(model.layers),
        "pooling": spec.pooling,
        "precision": asked.extraction.precision,
        "device": device_name(choose_device(asked.device)),
        "stimuli_digest": stimuli.digest,
        "brainrank": version("brainrank"),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


class _InMemory:
    """Rows in arrays; in nameless files that go with their arrays where the budget of memory does not hold all."""

    def __init__(self, content: Content, asked: Asked, reporter: Reporter) -> None:
        self.done, self.content = 0, content
        size, folder = ITEM * content.items, asked.locations.activations / "spill"
        on_disk = size > asked.extraction.memory_bytes
        if on_disk:
            reporter.message(
                f"The features ({size / 2**30:.1f} GiB) are more than the memory that they may take; "
                f"they wait on the disk, in {folder}"
            )
        make = _on_disk if on_disk else _in_memory
        self.arrays = {layer: make(folder, (len(content.ids), count)) for layer, count in content.features.items()}

    def write(self, layer: str, start: int, rows: NDArray[np.float32]) -> None:
        """Copy rows into place."""
        self.arrays[layer][start : start + len(rows)] = rows

    def mark(self, count: int) -> None:
        """They are there."""
        self.done = count


def _in_memory(_folder: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.empty(shape, np.float32)


def _on_disk(folder: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    with writing_to(folder), tempfile.TemporaryFile(dir=folder) as file:
        if sys.platform == "linux":
            os.posix_fallocate(file.fileno(), 0, shape[0] * shape[1] * ITEM)  # a full disk is told before the work
        return np.memmap(file, np.float32, "w+", shape=shape)
