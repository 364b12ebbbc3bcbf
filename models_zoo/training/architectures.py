"""The networks that are trained or fitted here, by name."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from torch import nn

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.models_zoo.training.images import TrainingImages

COMPACT_RESNET, IMAGE_TOWER = "compact-resnet", "compact-resnet-clip"
# Where each is; the classical ones are fitted there, too.
MODULES: Mapping[str, str] = {
    COMPACT_RESNET: "backbone",
    IMAGE_TOWER: "image_tower",
    "pca": "classical.pca",
    "sparse-coding": "classical.sparse_coding",
    "slow-features": "classical.slow_features",
    "reconstruction-ica": "classical.reconstruction_ica",
    "hmax": "classical.hmax",
    "neocognitron": "classical.neocognitron",
}
CLASSICAL = tuple(name for name, module in MODULES.items() if module.startswith("classical."))


class Design(NamedTuple):
    """How to make a network without weights, and its layers, of which the last is read out.

    The version is raised when the network computes something else than before.
    """

    create: Callable[[], nn.Module]
    layers: tuple[str, ...]
    version: int


def find_design(name: str) -> Design:
    """The network of that name. Raises UnknownNameError."""
    if name not in MODULES:
        raise UnknownNameError("network", name, MODULES)
    module = _module(name)
    return Design(module.create, module.LAYERS, module.VERSION)


def fitted(name: str, images: TrainingImages, *, seed: int) -> nn.Module:
    """A classical network, fitted to images."""
    network: nn.Module = _module(name).fit(images, seed=seed)
    return network


def _module(name: str) -> ModuleType:
    return import_module(f"brainrank.models_zoo.training.{MODULES[name]}")


def design_of(model: str) -> str:
    """The name of the network of a model: its own where it is classical, else the one that all objectives share."""
    if model in CLASSICAL:
        return model
    return IMAGE_TOWER if model == "clip" else COMPACT_RESNET
