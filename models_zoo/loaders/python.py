"""`python:FILE.py:FUNCTION`: a network made by the user's own code. Command line only: it runs that code.

The function takes nothing and returns a `torch.nn.Module`, or the module and a dict with any of `preprocessing` (the
fields of Preprocessing) and `layers` (their names).
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import GREY, ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.images_taken import channels_taken
from brainrank.models_zoo.loaders.architecture import with_random_weights
from brainrank.models_zoo.loaders.local import file_of, local_file
from brainrank.models_zoo.loaders.own_code import code_digest, installed_packages, own_files
from brainrank.models_zoo.loaders.written_preprocessing import written_preprocessing
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.network_layers import block_outputs
from brainrank.models_zoo.resolved import ResolvedModel

DEFAULT_SIZE = (224, 224)
SIZE_REMEDY = "return (network, {'preprocessing': {'size': N}}) for another size"
PLAIN = (bool, int, float, str)


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
    path, digest = file_of(spec, locations, reporter, digest=code_digest)
    function = spec.source.rpartition(":")[2]
    network, settings = _make(path, function)
    preprocessing = spec.preprocessing or _preprocessing(path, settings)
    named = f"{function} of {path.name}"
    channels = channels_taken(network, preprocessing.size, named=named, remedy=SIZE_REMEDY)
    if channels == GREY:
        reporter.message(f"{named} takes one channel: it is fed grey images, .299 R + .587 G + .114 B")
    preprocessing = preprocessing.of_channels(channels)
    layers = spec.layers or tuple(settings.get("layers", ()))
    layers = layers or block_outputs(network, preprocessing.size, channels=channels)
    computes = Network(f"python:{function}", {"code": digest}, installed_packages(path))
    return ResolvedModel(_digest(network), computes, preprocessing, layers, lambda: network)


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The model itself: only its code knows its architecture."""
    return resolve(spec, locations, reporter)


def _make(path: Path, function: str) -> _Made:
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
    _forget_imported(path)
    loader = _AsItIsNow(f"brainrank_user_{path.stem}", str(path))
    module = ModuleType(loader.name)
    module.__file__ = str(path)
    loader.exec_module(module)
    found = vars(module).get(name)
    if not callable(found):
        raise UnknownNameError(f"function of {path.name}", name, (k for k, v in vars(module).items() if callable(v)))
    return found


class _AsItIsNow(SourceFileLoader):
    """Reads the file itself: compiled code beside it counts as its own for as long as their times agree to a second."""

    def path_stats(self, path: Any) -> Any:
        """Say that nothing is known of the file's time, so that no compiled code is looked for."""
        raise OSError(f"compiled code of {path} is not used")


def _forget_imported(path: Path) -> None:
    """Let what the file imports of the user's own be imported anew: it may have changed since this process read it.

    Compiled code beside it goes too: it counts as that of the file as long as their times agree to a second.
    """
    own = own_files(path)
    for each in own:
        with suppress(OSError):  # what lies where nothing can be written does not change from one second to the next
            Path(cache_from_source(each)).unlink(missing_ok=True)
    files = {_identity(str(each)) for each in own}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and _identity(file) in files - {None}:
            del sys.modules[name]


def _identity(file: str) -> tuple[int, int] | None:
    """Which file it is, whatever links lead to it; None where there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116 a Path for each of ten thousand modules takes ten times as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _preprocessing(path: Path, settings: Mapping[str, Any]) -> Preprocessing:
    try:
        return written_preprocessing(DEFAULT_SIZE, settings.get("preprocessing", {}))
    except ValueError as error:
        raise ModelLoadError(f"The preprocessing that {path.name} returned is not understood: {error}") from error


def _digest(network: nn.Module) -> str:
    """The sha256 of every tensor by name, type and content, and of every number and word that a module holds."""
    digest = hashlib.sha256()
    for name, tensor in _tensors(network):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    for name, module in network.named_modules():
        plain = {key: value for key, value in vars(module).items() if isinstance(value, PLAIN)}
        digest.update(repr((name, sorted(plain.items()))).encode())
    return digest.hexdigest()


def _tensors(network: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters, buffers (also those that are not saved) and tensors that are plain attributes."""
    yield from network.named_parameters(remove_duplicate=False)
    yield from network.named_buffers(remove_duplicate=False)
    for name, module in network.named_modules():
        for key, value in vars(module).items():
            if isinstance(value, torch.Tensor):
                yield f"{name}.{key}", value
