"""`torchvision:NAME/WEIGHTS` or `torchvision:NAME@random`: torchvision's classifiers with its own preprocessing."""

import math
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pooch
import requests
import torch
from torch import nn
from torchvision import models
from torchvision.transforms import InterpolationMode

from brainrank.benchmark.files.downloads import TIMEOUT_S, fetch, sha256_of
from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import DataUnavailableError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.architecture import Architecture, untrained, with_weights_of
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

# Their weights come with the heads of a training loss, which do nothing in evaluation.
AUXILIARY = ("googlenet", "inception_v3")


class _Source(NamedTuple):
    name: str
    weights: str
    revision: str


def _parse(spec: ModelSpec) -> _Source:
    rest, _, revision = spec.source.removeprefix("torchvision:").partition("@")
    name, _, weights = rest.partition("/")
    return _Source(name, weights, revision)


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when torchvision has no such classifier or weights."""
    name, weights, revision = _parse(spec)
    known = _weights_of(name)
    if weights and weights not in known:
        raise UnknownNameError(f"weights of torchvision model '{name}'", weights, known)
    if revision not in {"", "random"}:
        raise UnknownNameError("torchvision revision", revision, ("random",))
    if not weights and not revision and spec.weights is None:
        choices = ", ".join(f"torchvision:{name}/{each}" for each in known)
        raise UserError(f"'{spec.source}' names no weights; choose {choices} or torchvision:{name}@random")


def _weights_of(name: str) -> dict[str, Any]:
    """The weights of a classifier by name."""
    classifiers = models.list_models(module=models)
    if name not in classifiers:
        raise UnknownNameError("torchvision model", name, classifiers)
    return {each.name: each for each in models.get_model_weights(name)}


def architecture(name: str) -> Architecture:
    """The architecture `NAME[/WEIGHTS]`, with the preprocessing of these weights or of its default ones."""
    bare, _, tag = name.partition("/")
    known = _weights_of(bare)
    weights = known[tag] if tag else next(iter(known.values()))
    return Architecture(
        name=bare,
        preprocessing=_preprocessing(weights.transforms()),
        create=partial(_create, bare),
        network=Network(f"torchvision:{bare}"),
        convert=_without_auxiliary,
        imagenet_classes=True,
        classifier=_classifier,
    )


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the architecture and its weights: the spec's file, random, or torchvision's own."""
    check(spec)
    name, tag, revision = _parse(spec)
    found = architecture(f"{name}/{tag}" if tag else name)
    if spec.weights is not None:
        return with_weights_of(
            found, spec, fetch(spec.weights, locations, reporter=reporter), digest=spec.weights.sha256
        )
    if revision == "random":
        return untrained(found, spec)
    path = _download(_weights_of(name)[tag].url, locations, reporter)
    return with_weights_of(found, spec, path, digest=sha256_of(path))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same network with random weights."""
    check(spec)
    name, tag, _ = _parse(spec)
    return untrained(architecture(f"{name}/{tag}" if tag else name), spec)


def _create(name: str) -> nn.Module:
    # These two undo the usual scaling of the input inside, as their weights need it; torchvision sets it with them.
    extra = {"aux_logits": False, "init_weights": False, "transform_input": True} if name in AUXILIARY else {}
    network: nn.Module = models.get_model(name, weights=None, **extra)
    return network


def _classifier(network: nn.Module) -> tuple[str, ...]:
    """The last module that has weights; of all torchvision's classifiers it is the one that puts out the classes."""
    return (next(reversed(network.state_dict())).rpartition(".")[0],)


def _without_auxiliary(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in state.items() if not key.startswith(("aux1.", "aux2.", "AuxLogits."))}


def _preprocessing(preset: Any) -> Preprocessing:
    """The same resize, crop and scaling as torchvision's preset, in this project's words."""
    (crop,), (resize,) = preset.crop_size, preset.resize_size
    return Preprocessing(
        size=(crop, crop),
        interpolation=InterpolationMode(preset.interpolation).value,
        crop_fraction=fraction_of(crop, resize),
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )


def fraction_of(crop: int, resize: int) -> float:
    """Crop / resize, such that floor(crop / fraction), the size to resize to, is `resize` in spite of rounding."""
    fraction = crop / resize
    return fraction if math.floor(crop / fraction) == resize else math.nextafter(fraction, 0)


def _download(address: str, locations: Locations, reporter: Reporter) -> Path:
    """Torchvision's weights carry the start of their sha256 in their name: from torch's cache, or from its server."""
    name = address.rpartition("/")[2]
    prefix = name.rpartition("-")[2].partition(".")[0]
    cached, target = Path(torch.hub.get_dir()) / "checkpoints" / name, locations.downloads / name
    for path in (target, cached):
        if path.is_file() and sha256_of(path).startswith(prefix):
            return path
    reporter.message(f"Downloading {address}")
    with writing_to(locations.downloads), tempfile.TemporaryDirectory(dir=locations.downloads) as folder:
        partial_file = Path(folder) / name
        try:
            pooch.HTTPDownloader(timeout=TIMEOUT_S)(address, str(partial_file), None)
            found = sha256_of(partial_file)
            reason = "" if found.startswith(prefix) else f"its sha256 is {found[:12]}..., not {prefix}..."
        except requests.RequestException as error:
            reason = type(error).__name__
        if reason:
            raise DataUnavailableError(
                f"Could not get {address} ({reason}). Check the network and try again, put the file at {target} or "
                f"into {cached.parent} (TORCH_HOME), or give your own copy as file:WEIGHTS.safetensors#torchvision:NAME"
            )
        partial_file.replace(target)
    return target
