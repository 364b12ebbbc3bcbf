"""`timm:NAME[.TAG][@random]`: any timm architecture, with its hub's weights, a weights file, or random weights."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import timm
from timm.data.config import resolve_data_config
from torch import nn

from brainrank.benchmark.files.downloads import fetch, sha256_of
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UnknownNameError, first_line
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.architecture import (
    Architecture,
    resolve_built,
    untrained,
    with_weights_of,
)
from brainrank.models_zoo.loaders.hub import hub_file
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

IMAGENET_CLASSES = 1000
UNKNOWN_CROP = 0.875  # timm's own default where an architecture has no weights and so no evaluation settings


class _Source(NamedTuple):
    name: str
    revision: str


def _parse(spec: ModelSpec) -> _Source:
    name, _, revision = spec.source.removeprefix("timm:").partition("@")
    return _Source(name, revision)


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when timm has no such architecture, weights tag or revision."""
    name, revision = _parse(spec)
    check_name(name)
    if revision not in {"", "random"}:
        raise UnknownNameError("timm revision", revision, ("random",), remedy="(or none, for the hub's weights)")


def check_name(name: str) -> None:
    """Raise UnknownNameError when timm has no such architecture or weights tag."""
    architecture, dot, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise UnknownNameError("timm model", architecture, timm.list_models())
    if dot and not timm.is_model_pretrained(name):
        raise UnknownNameError(f"weights tag '{tag}' of timm model", name, timm.list_pretrained(f"{architecture}.*"))


def architecture(name: str) -> Architecture:
    """The architecture of that name, with the preprocessing of its tag (timm's default tag without one)."""
    check_name(name)
    return Architecture(
        name=name,
        preprocessing=preprocessing_of(_config(name)),
        create=partial(_create, name),
        network=Network(f"timm:{name}"),
        stages=stages_of,
        imagenet_classes=_config(name).get("num_classes") == IMAGENET_CLASSES,
        classifier=classifier_of,
    )


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the architecture, its weights (the spec's file, random, or the hub's), preprocessing and layers."""
    check(spec)
    name, revision = _parse(spec)
    found = architecture(name)
    if spec.weights is not None:
        return with_weights_of(
            found, spec, fetch(spec.weights, locations, reporter=reporter), digest=spec.weights.sha256
        )
    if revision == "random":
        return untrained(found, spec)
    path = _hub_weights(name)
    return resolve_built(by_timm(found), spec, sha256_of(path), partial(build_from_hub_file, name, path))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same network with random weights."""
    check(spec)
    return untrained(architecture(_parse(spec).name), spec)


def _config(name: str) -> dict[str, Any]:
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    return {} if config is None else asdict(config)


def preprocessing_of(config: dict[str, Any]) -> Preprocessing:
    """Timm's own evaluation preprocessing for weights of this configuration; 224 px where there is none."""
    if not config:
        return Preprocessing(size=(224, 224), crop_fraction=UNKNOWN_CROP)
    data = resolve_data_config(pretrained_cfg=config)
    return Preprocessing(
        size=tuple(data["input_size"][1:]),
        interpolation=data["interpolation"],
        crop_fraction=data["crop_pct"],
        crop_mode=data["crop_mode"],
        mean=tuple(data["mean"]),
        std=tuple(data["std"]),
    )


def stages_of(network: nn.Module) -> tuple[str, ...]:
    """The stages of a network of timm's, as its `feature_info` lists them."""
    return tuple(info["module"] for info in getattr(network, "feature_info", ()) if info.get("module"))


def classifier_of(network: nn.Module) -> tuple[str, ...]:
    """The modules that put out the classes, as timm's configuration of the network names them."""
    named = (getattr(network, "pretrained_cfg", None) or {}).get("classifier") or ()
    return (named,) if isinstance(named, str) else tuple(named)


def _create(name: str) -> nn.Module:
    # The tag, too: it says how many classes its weights have, if any.
    network: nn.Module = timm.create_model(name, pretrained=False)
    return network


def _hub_weights(name: str) -> Path:
    """The file of a timm model's weights at its hub, from the hub's cache where it is there."""
    config = _config(name)
    if not config.get("hf_hub_id"):
        raise DataUnavailableError(
            f"timm has no weights at a hub for '{name}'; use 'timm:{name}@random' for an untrained one, or your own "
            f"weights as file:WEIGHTS.safetensors#timm:{name}"
        )
    return hub_file(
        config["hf_hub_id"],
        (config.get("hf_hub_filename") or "model.safetensors",),
        way_out=f"untrained it is 'timm:{name}@random'",
    )


def by_timm(found: Architecture) -> Architecture:
    """The architecture whose weights timm itself reads, renaming and changing them as it may."""
    return found._replace(network=found.network._replace(arguments={**found.network.arguments, "weights": "by timm"}))


def build_from_hub_file(name: str, path: Path, *, config: dict[str, Any] | None = None) -> nn.Module:
    """Timm knows how the tensors of its own weights are to be renamed for each architecture.

    `config` is that of a repository, whose tag timm need not know.
    """
    overlay = {**(config or {}), "file": str(path)}
    try:
        network: nn.Module = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay)
    except (RuntimeError, KeyError) as error:
        raise ModelLoadError(f"{path.name} does not fit {name}: {first_line(error)}") from error
    return network
