"""`hf:OWNER/REPO@COMMIT`: a repository of the hub that holds a timm network as safetensors."""

import json
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import timm
from torch import nn

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.hub_names import hub_repository
from brainrank.models_zoo.loaders.architecture import Architecture, resolve_built, untrained
from brainrank.models_zoo.loaders.hub import hub_file
from brainrank.models_zoo.loaders.timm import (
    IMAGENET_CLASSES,
    build_from_hub_file,
    by_timm,
    preprocessing_of,
    stages_of,
)
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

WEIGHTS, CONFIG = "model.safetensors", "config.json"


def check(spec: ModelSpec) -> None:
    """Raise UserError unless the source is a repository at a commit."""
    hub_repository(spec.source)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Read the repository's configuration and fetch its weights."""
    repository, _, commit = hub_repository(spec.source)
    architecture, config = _architecture(repository, commit)
    path = hub_file(repository, (WEIGHTS,), revision=commit)
    build = partial(build_from_hub_file, architecture.name, path, config=config)
    return resolve_built(by_timm(architecture), spec, sha256_of(path), build)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The network of the repository's configuration, with random weights."""
    repository, _, commit = hub_repository(spec.source)
    return untrained(_architecture(repository, commit)[0], spec)


class _Configured(NamedTuple):
    architecture: Architecture
    config: dict[str, Any]


def _architecture(repository: str, commit: str) -> _Configured:
    content = _read(hub_file(repository, (CONFIG,), revision=commit), repository)
    name = str(content.get("architecture", ""))
    if not name:
        raise ModelLoadError(
            f"{CONFIG} of '{repository}' names no 'architecture': it holds no timm network. Give its weights as "
            "file:WEIGHTS.safetensors#SOURCE:ARCHITECTURE, or the network as onnx:FILE"
        )
    if not timm.is_model(name):
        raise UnknownNameError(f"timm model (in {CONFIG} of '{repository}')", name, timm.list_models())
    config = dict(content.get("pretrained_cfg") or {})
    if "num_classes" in content:
        config.setdefault("num_classes", content["num_classes"])
    return _Configured(
        Architecture(
            name=name,
            preprocessing=preprocessing_of(config),
            create=partial(_create, name, config.get("num_classes")),
            network=Network(f"timm:{name}", config),
            stages=stages_of,
            imagenet_classes=config.get("num_classes") == IMAGENET_CLASSES,
        ),
        config,
    )


def _read(path: Path, repository: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelLoadError(f"{CONFIG} of '{repository}' is no JSON ({error})") from error
    return content if isinstance(content, dict) else {}


def _create(name: str, num_classes: int | None) -> nn.Module:
    extra = {} if num_classes is None else {"num_classes": num_classes}
    network: nn.Module = timm.create_model(name, pretrained=False, **extra)
    return network
