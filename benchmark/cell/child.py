"""The process a model runs in: it resolves the model, then gathers evidence as often as it is asked.

Nothing it says is believed (brainrank.benchmark.cell.cell_answers); here it is only said.
"""

import errno
import importlib
import os
import re
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.cell.enclosure import enclose
from brainrank.benchmark.cell.frames import FrameReader, send
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.cell.writing import VECTORS, Resolution, read_region, read_spec, read_stimuli
from brainrank.benchmark.scoring.evidence import Evidence, Job
from brainrank.benchmark.scoring.gather import gather
from brainrank.benchmark.types.activations import GIB, Extraction, LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import EvidenceKind
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import kind_of_device
from brainrank.benchmark.types.reporter import Holder
from brainrank.benchmark.types.trials import Choices
from brainrank.models_zoo.load import resolve

# What readouts were fitted on is kept in its own folder, for the runs to come on the same stimuli.
OWN_STORE_BYTES = GIB
PROGRESS_EVERY_S = 0.1
SHORT_OF_MEMORY = re.compile(
    "bad.?alloc|bad allocation|allocate memory|unable to allocate|memory of the (cpu|cuda) does not hold|out of memory",
    re.IGNORECASE,
)
WAITING_S = 3600.0


class PipeReporter:
    """A Reporter that says everything to the keeper."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._told, self._stage = connection, 0.0, ""

    def message(self, text: str) -> None:
        """Hand on a message."""
        send(self._connection, {"message": text})

    def waiting(self, holder: Holder) -> None:
        """Wait; the store of a cell is its own, and nobody else computes for it."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Hand on a count, at most ten times a second for each stage."""
        now = time.monotonic()
        if stage != self._stage or done == total or now - self._told > PROGRESS_EVERY_S:
            send(self._connection, {"progress": [stage, done, total]})
            self._told, self._stage = now, stage


def live(connection: socket.socket, order: Mapping[str, Any]) -> None:
    """Be shut in, resolve the model, and do what the keeper asks for until it has no more to ask."""
    reporter, folder, model = PipeReporter(connection), Path(order["folder"]), None
    with _saying_errors(connection):
        _settle(order)
        enclose(
            folder,
            Limits(**order["limits"]),
            readable=[Path(each) for each in order["readable"]],
            writable=[Path(each) for each in order["writable"]],
            network=order["network"],
            on_cpu=order["device"] == "cpu",
        )
        if kind_of_device(order["device"]) == "cuda":
            _share_gpu(order["limits"]["gpu_fraction"])
        locations = Locations(home=Path(order["home"]))
        spec = read_spec(order["spec"])
        model = resolve(spec, locations, reporter)
        if order["network"]:
            _fetch_tokenizer(spec)
        send(connection, {"resolved": Resolution.of(model).json()})
    if model is None:
        return
    model = replace(model, build=cache(model.build), text=cache(model.text))
    reader = FrameReader(connection, every_s=WAITING_S)
    while (asked := reader.frame()) is not None:
        with _saying_errors(connection):
            extraction = Extraction(**asked["extraction"], store_limit_bytes=OWN_STORE_BYTES)
            job = Job(spec, model, asked["network_digest"], locations, order["requested"], extraction, reporter)
            _TASKS[asked["do"]](connection, asked, job)


def _settle(order: Mapping[str, Any]) -> None:
    """What has to be done while there is a way: settings of libraries."""
    os.environ.update(order["environment"])
    from huggingface_hub import constants

    if not order["network"]:
        constants.HF_HUB_OFFLINE = True


def _share_gpu(fraction: float) -> None:
    """Bound the memory of the GPU. A GPU that is looked at starts threads, which can be shut in only from inside."""
    import torch

    torch.cuda.set_per_process_memory_fraction(fraction)


def _fetch_tokenizer(spec: ModelSpec) -> None:
    """Fetch what sentences are read with; should it not be had, the readout that needs it says so."""
    _, mark, name = spec.source.rpartition("open_clip:")
    if not mark:
        return
    with suppress(OSError, ImportError):
        importlib.import_module("open_clip").get_tokenizer(re.split("[/@?]", name)[0])


def _gather(connection: socket.socket, asked: Mapping[str, Any], job: Job) -> None:
    if asked["layers"] is not None:
        job = job._replace(model=replace(job.model, layers=tuple(asked["layers"])))
    kind = EvidenceKind(asked["kind"])
    evidence = gather(kind, job, read_region(asked["region"]))
    _say_evidence(connection, evidence)
    if kind is not EvidenceKind.CHOICES:  # the keeper has the layers now
        ActivationStore(job.locations.activations).clear()


def _labels(connection: socket.socket, asked: Mapping[str, Any], job: Job) -> None:
    """Which layers globs name: the network is built for it."""
    from brainrank.benchmark.activations.extract import choose_device, layer_labels
    from brainrank.benchmark.activations.forward_pass import ForwardPass

    found = layer_labels(
        ForwardPass(
            job.model.build(),
            read_stimuli(asked["region"]["stimuli"]),
            layers=asked["layers"],
            preprocessing=job.model.preprocessing,
            pooling=job.spec.pooling,
            device=choose_device(job.device),
        )
    )
    send(connection, {"labels": list(found)})


_TASKS: Mapping[str, Callable[[socket.socket, Mapping[str, Any], Job], None]] = {"gather": _gather, "labels": _labels}


def _say_evidence(connection: socket.socket, evidence: Evidence) -> None:
    said = {"layers": list(evidence.layers), "device": evidence.device, "readout": evidence.readout}
    content = evidence.content
    if content is None:
        send(connection, {"evidence": said, "content": "nothing"})
    elif isinstance(content, Choices):
        _say_choices(connection, said, content)
    else:
        send(connection, {"evidence": said, "content": "layers"})
        for layer in content:
            if isinstance(layer, LayerFeatures):
                _say_features(connection, layer.layer, layer.values)
            elif layer.features is not None:
                _say_features(connection, layer.layer, layer.features)
            else:
                _say_gram(connection, layer)


def _say_gram(connection: socket.socket, layer: LayerGram) -> None:
    arrays = [np.asarray(getattr(layer, name), "<f8") for name in ("gram", *VECTORS)]
    numbers = {"layer": layer.layer, "n_features": int(layer.n_features), "mean": float(layer.mean).hex()}
    send(connection, numbers, *arrays)


def _say_features(connection: socket.socket, layer: str, values: NDArray[np.floating]) -> None:
    kind = values.dtype.newbyteorder("<").str
    said = {"layer": layer, "n_columns": values.shape[1], "values": kind}
    send(connection, said, np.ascontiguousarray(values.astype(kind, copy=False)))


def _say_choices(connection: socket.socket, said: Mapping[str, Any], choices: Choices) -> None:
    found = choices.probabilities
    kind = None if found is None else found.dtype.newbyteorder("<").str
    described = {
        "stimulus_ids": list(choices.stimulus_ids),
        "categories": list(choices.categories),
        "names": list(choices.names),
        "probabilities": kind,
    }
    arrays = [] if found is None else [found.astype(str(kind), copy=False)]
    send(connection, {"evidence": said, "content": "choices", "choices": described}, *arrays)


@contextmanager
def _saying_errors(connection: socket.socket) -> Iterator[None]:
    """Say what was raised inside the block; one that could not be foreseen with its traceback."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 whatever it is, the keeper tells it
        send(connection, {"error": error_fields(error)})


def error_fields(error: Exception) -> dict[str, Any]:
    """An error as plain values: its kind, its words, whether memory was short, and what of a network caused it."""
    foreseen = isinstance(error, BrainrankError)
    return {
        "kind": type(error).__name__,
        "text": str(error),
        "memory": any(_is_shortage(each) for each in _chain(error)),
        "disk": any(isinstance(each, OSError) and each.errno == errno.EFBIG for each in _chain(error)),
        "causes": [_cause(each) for each in _chain(error) if isinstance(each, OSError)],
        "traceback": "" if foreseen else "".join(traceback.format_exception(error)),
    }


def _is_shortage(error: BaseException) -> bool:
    short = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    return short or SHORT_OF_MEMORY.search(str(error)) is not None


def _cause(error: OSError) -> dict[str, int | None]:
    answered = isinstance(error, requests.HTTPError) and error.response is not None
    return {"status": error.response.status_code if answered else None}  # type: ignore[attr-defined]


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__
