"""Architecture: a network known by name, apart from its weights; what all sources of networks have in common."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.models_zoo.layers import block_outputs
from brainrank.models_zoo.loaders.weights import fit, read_state_dict
from brainrank.models_zoo.resolved import ResolvedModel

SEED = 0


class Architecture(NamedTuple):
    """How to make a network without weights, how its images are prepared, and where its blocks are.

    `made_from` is what random weights depend on beside the seed: the name and the versions of the code. `convert`
    chooses and renames the tensors of a weights file that holds more than this network.
    """

    name: str
    preprocessing: Preprocessing
    create: Callable[[], nn.Module]
    made_from: tuple[str, ...]
    stages: Callable[[nn.Module], tuple[str, ...]] = lambda network: ()
    layers: tuple[str, ...] = ()
    convert: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] = lambda state: state


def on_meta(create: Callable[[], nn.Module]) -> nn.Module:
    """The network without memory for its weights; on the CPU where its code needs numbers."""
    try:
        with torch.device("meta"):
            return create()
    except (RuntimeError, NotImplementedError):
        return create()


def layers_of(architecture: Architecture, spec: ModelSpec) -> tuple[str, ...]:
    """The spec's layers, else the architecture's, else the outputs of its blocks."""
    if spec.layers or architecture.layers:
        return spec.layers or architecture.layers
    network = on_meta(architecture.create)
    try:
        return block_outputs(network, architecture.preprocessing.size, stages=architecture.stages(network))
    except ModelLoadError as error:
        raise ModelLoadError(f"{architecture.name}: {error}") from error


def untrained(architecture: Architecture, spec: ModelSpec) -> ResolvedModel:
    """The architecture with random weights, the same every time."""
    return _resolved(architecture, spec, random_digest(architecture), partial(with_random_weights, architecture.create))


def trained(architecture: Architecture, spec: ModelSpec, path: Path, *, digest: str) -> ResolvedModel:
    """The architecture with the weights of a file."""

    def build() -> nn.Module:
        return fit(architecture.create(), architecture.name, architecture.convert(read_state_dict(path)), path)

    return _resolved(architecture, spec, digest, build)


def _resolved(
    architecture: Architecture, spec: ModelSpec, digest: str, build: Callable[[], nn.Module]
) -> ResolvedModel:
    preprocessing = spec.preprocessing or architecture.preprocessing
    return ResolvedModel(digest, preprocessing, layers_of(architecture, spec), build)


def random_digest(architecture: Architecture) -> str:
    """Random weights are decided by the architecture's code, the seed and the generator: versions stand for code."""
    name, *versions = architecture.made_from
    return hashlib.sha256(json.dumps(["random", name, SEED, *versions]).encode()).hexdigest()


def with_random_weights(create: Callable[[], nn.Module]) -> nn.Module:
    """Build with the seed of all untrained models, leaving the caller's generator alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return create()
