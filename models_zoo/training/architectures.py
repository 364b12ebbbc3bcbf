"""The networks that are trained or fitted here, by name."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn

    from brainrank.models_zoo.training.training_images import TrainingImages

RANDOM = "@random"

COMPACT_RESNET, IMAGE_TOWER, RECURRENT = "compact-resnet", "compact-resnet-clip", "compact-resnet-recurrent"
# Where each is; the classical ones are fitted there, too.
MODULES: Mapping[str, str] = {
    COMPACT_RESNET: "backbone",
    IMAGE_TOWER: "image_tower",
    RECURRENT: "recurrent_backbone",
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

    create: "Callable[[], nn.Module]"
    layers: tuple[str, ...]
    version: int


def find_design(name: str) -> Design:
    """The network of that name. Raises UnknownNameError."""
    module = import_module(module_of(name))
    return Design(module.create, module.LAYERS, module.VERSION)


def fitted(name: str, images: "TrainingImages", *, seed: int) -> "nn.Module":
    """A classical network, fitted to images."""
    network: nn.Module = import_module(module_of(name)).fit(images, seed=seed)
    return network


def module_of(name: str) -> str:
    """The module of the network of that name. Raises UnknownNameError."""
    if name not in MODULES:
        raise UnknownNameError("network", name, MODULES)
    return f"brainrank.models_zoo.training.{MODULES[name]}"


def design_of(model: str) -> str:
    """The name of the network of a model: its own where it is classical, else the one that objectives share."""
    if model in CLASSICAL:
        return model
    return {"clip": IMAGE_TOWER, "recurrent": RECURRENT}.get(model, COMPACT_RESNET)


def design_written(name: str) -> str:
    """The name of the network that a source means by `NAME-SEED` (a model made here), `NETWORK@random` or `NETWORK`."""
    if name in MODULES or name.endswith(RANDOM):
        return name.removesuffix(RANDOM)
    return design_of(name.rpartition("-")[0])
