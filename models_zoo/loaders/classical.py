"""`classical:NAME`: fixed models written down, not learned."""

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.gabor import GaborEnergy
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel


class Pixels(nn.Module):
    """The image itself, as the layer `image`."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the images as they are."""
        seen: torch.Tensor = self.image(images)
        return seen


class _Classical(NamedTuple):
    build: Callable[[], nn.Module]
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    version: int  # raise it when the model computes something else than before


NETWORKS: Mapping[str, _Classical] = {
    "pixels": _Classical(Pixels, Preprocessing(size=(112, 112)), ("image",), 1),
    "gabor": _Classical(GaborEnergy, Preprocessing(size=(128, 128)), ("simple", "complex"), 1),
}


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when there is no such classical model."""
    name = spec.source.removeprefix("classical:")
    if name not in NETWORKS:
        raise UnknownNameError("classical model", name, NETWORKS)


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The model itself: there is nothing to fetch."""
    return resolve(spec, locations, reporter)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Find the model; its name and version stand for its weights."""
    check(spec)
    name = spec.source.removeprefix("classical:")
    found = NETWORKS[name]
    digest = hashlib.sha256(f"classical:{name}:{found.version}".encode()).hexdigest()
    preprocessing, layers = spec.preprocessing or found.preprocessing, spec.layers or found.layers
    return ResolvedModel(digest, Network(f"classical:{name}:{found.version}"), preprocessing, layers, found.build)
