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
from brainrank.models_zoo.loaders.local import LocalFile, open_checked
from brainrank.models_zoo.loaders.weights import fit, read_state_dict
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.network_layers import block_outputs
from brainrank.models_zoo.resolved import ResolvedModel, TextTower

SEED = 0
Weights = dict[str, torch.Tensor]


class Architecture(NamedTuple):
    """How to make a network without weights, how its images are prepared, and where its blocks are.

    `network` is what computes with its weights, and what random ones depend on beside the seed. `convert`
    chooses and renames the tensors of a weights file that holds more than this network. `imagenet_classes`: it puts
    out the logits of ImageNet's 1,000 classes. `classifier` are the modules behind its body, which a checkpoint may
    lack. `text`, if the architecture has a text tower, builds it from the whole file's tensors (None: random weights),
    or says by None that they hold none.
    """

    name: str
    preprocessing: Preprocessing
    create: Callable[[], nn.Module]
    network: Network
    stages: Callable[[nn.Module], tuple[str, ...]] = lambda network: ()
    layers: tuple[str, ...] = ()
    convert: Callable[[Weights], Weights] = lambda state: state
    imagenet_classes: bool = False
    text: Callable[[Weights | None], TextTower | None] | None = None
    classifier: Callable[[nn.Module], tuple[str, ...]] = lambda network: ()


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
    build, text = partial(with_random_weights, architecture.create), architecture.text
    return resolve_built(architecture, spec, random_digest(architecture), build, text=lambda: text and text(None))


def with_weights_of(architecture: Architecture, spec: ModelSpec, path: Path, *, digest: str) -> ResolvedModel:
    """The architecture with the weights of a file, whose sha256 is `digest` whenever it is read."""

    text = architecture.text

    def state_dict() -> Weights:
        with open_checked(LocalFile(path, digest)):
            return read_state_dict(path)

    def build() -> nn.Module:
        return fit(architecture.create(), architecture.name, architecture.convert(state_dict()), path)

    return resolve_built(architecture, spec, digest, build, text=lambda: text and text(state_dict()))


def resolve_built(
    architecture: Architecture,
    spec: ModelSpec,
    digest: str,
    build: Callable[[], nn.Module],
    *,
    text: Callable[[], TextTower | None] = lambda: None,
    checkpoint: str = "",
) -> ResolvedModel:
    """The architecture with whatever weights `build` gives it, of that digest; `checkpoint` as in ResolvedModel."""
    return ResolvedModel(
        digest,
        architecture.network,
        spec.preprocessing or architecture.preprocessing,
        layers_of(architecture, spec),
        build,
        imagenet_classes=architecture.imagenet_classes,
        text=text,
        checkpoint=checkpoint,
    )


def random_digest(architecture: Architecture) -> str:
    """Random weights are decided by the architecture's code, the seed and the generator: versions stand for code."""
    name, arguments, _ = architecture.network
    content = ["random", SEED, name, arguments, architecture.network.versions]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=repr).encode()).hexdigest()


def with_random_weights(create: Callable[[], nn.Module]) -> nn.Module:
    """Build with the seed of all untrained models, leaving the caller's generator alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return create()
