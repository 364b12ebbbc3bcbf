"""`python:FILE.py:FUNCTION`: a network made by the user's own code. Command line only: it runs that code.

The function takes nothing and returns a `torch.nn.Module`, or the module and a dict with any of `preprocessing` (the
fields of Preprocessing) and `layers` (their names).
"""

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.layers import block_outputs
from brainrank.models_zoo.loaders.architecture import with_random_weights
from brainrank.models_zoo.loaders.local import file_of, local_file
from brainrank.models_zoo.loaders.written_preprocessing import written_preprocessing
from brainrank.models_zoo.resolved import ResolvedModel

DEFAULT_SIZE = (224, 224)


class _Made(NamedTuple):
    network: nn.Module
    settings: Mapping[str, Any]


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a Python file that is there, with a function behind it; nothing is run."""
    _, _, function = spec.source.rpartition(":")
    if not local_file(spec).name.endswith(".py") or not function.isidentifier():
        raise UserError(f"'{spec.source}' is no function of a file; write python:FILE.py:FUNCTION")


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Run the function. The weights' digest is that of the network's tensors, wherever the function got them."""
    check(spec)
    path, digest = file_of(spec, locations, reporter)
    network, settings = _made(path, spec.source.rpartition(":")[2])
    preprocessing = spec.preprocessing or _preprocessing(path, settings)
    layers = spec.layers or tuple(settings.get("layers", ())) or block_outputs(network, preprocessing.size)
    return ResolvedModel(_digest(digest, network), preprocessing, layers, lambda: network)


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The model itself: only its code knows its architecture."""
    return resolve(spec, locations, reporter)


def _made(path: Path, function: str) -> _Made:
    """Run the function under the seed of all untrained models, so that random weights are the same every time."""
    made: list[Any] = []

    def create() -> nn.Module:
        made.append(_function(path, function)())
        network: nn.Module = made[0][0] if isinstance(made[0], tuple) and made[0] else made[0]
        return network

    network = with_random_weights(create)
    settings = made[0][1] if isinstance(made[0], tuple) and len(made[0]) == 2 else {}
    if not isinstance(network, nn.Module) or not isinstance(settings, Mapping):
        raise ModelLoadError(
            f"{function} of {path.name} returned {type(made[0]).__name__}; it must return a torch.nn.Module, or one "
            "and a dict with 'preprocessing' and 'layers'"
        )
    return _Made(network, settings)


def _function(path: Path, name: str) -> Any:
    described = importlib.util.spec_from_file_location(f"brainrank_user_{path.stem}", path)
    if described is None or described.loader is None:
        raise ModelLoadError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    found = vars(module).get(name)
    if not callable(found):
        raise UnknownNameError(f"function of {path.name}", name, (k for k, v in vars(module).items() if callable(v)))
    return found


def _preprocessing(path: Path, settings: Mapping[str, Any]) -> Preprocessing:
    try:
        return written_preprocessing(DEFAULT_SIZE, settings.get("preprocessing", {}))
    except ValueError as error:
        raise ModelLoadError(f"The preprocessing that {path.name} returned is not understood: {error}") from error


def _digest(code: str, network: nn.Module) -> str:
    """The sha256 of the file's and of every tensor by name, type and content."""
    digest = hashlib.sha256(code.encode())
    for name, tensor in network.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
