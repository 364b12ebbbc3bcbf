"""`timm:NAME[.TAG][@random]`: any timm architecture, with its hub's weights, a weights file, or random weights."""

import hashlib
import json
import logging
import pickle
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NamedTuple

import huggingface_hub
import timm
import torch
from safetensors.torch import load_file
from timm.data.config import resolve_data_config
from torch import nn

from brainrank.benchmark.downloads import fetch, sha256_of
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.resolved import ResolvedModel

SEED = 0


class _Source(NamedTuple):
    name: str
    revision: str


def _parse(spec: ModelSpec) -> _Source:
    name, _, revision = spec.source.removeprefix("timm:").partition("@")
    return _Source(name, revision)


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when timm has no such architecture, weights tag or revision."""
    name, revision = _parse(spec)
    architecture, dot, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise UnknownNameError("timm model", architecture, timm.list_models())
    if dot and not timm.is_model_pretrained(name):
        raise UnknownNameError(f"weights tag '{tag}' of timm model", name, timm.list_pretrained(f"{architecture}.*"))
    if revision not in {"", "random"}:
        raise UnknownNameError("timm revision", revision, ("random",), remedy="(or none, for the hub's weights)")


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the architecture, its weights (the spec's file, random, or the hub's), preprocessing and layers."""
    check(spec)
    name, revision = _parse(spec)
    preprocessing = spec.preprocessing or _preprocessing(name)
    layers = spec.layers or _block_outputs(name)
    if spec.weights is not None:
        path = fetch(spec.weights, locations, reporter=reporter)
        return ResolvedModel(spec.weights.sha256, preprocessing, layers, partial(_build_from_file, name, path))
    if revision == "random":
        return ResolvedModel(_random_digest(name), preprocessing, layers, partial(_build_random, name))
    path = _hub_weights(name)
    return ResolvedModel(sha256_of(path), preprocessing, layers, partial(_build_from_hub_file, name, path))


def _preprocessing(name: str) -> Preprocessing:
    """Timm's own evaluation preprocessing for these weights."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None:
        return Preprocessing(size=(224, 224), crop_fraction=0.875)
    data = resolve_data_config(pretrained_cfg=asdict(config))
    return Preprocessing(
        size=tuple(data["input_size"][1:]),
        interpolation=data["interpolation"],
        crop_fraction=data["crop_pct"],
        crop_mode=data["crop_mode"],
        mean=tuple(data["mean"]),
        std=tuple(data["std"]),
    )


def _block_outputs(name: str) -> tuple[str, ...]:
    """The outputs of an architecture's stages or blocks, as timm lists them; built without memory for weights."""
    with torch.device("meta"):
        network = timm.create_model(name.partition(".")[0])
    modules = {module for module, _ in network.named_modules()}
    layers = tuple(info["module"] for info in getattr(network, "feature_info", ()) if info.get("module") in modules)
    if not layers:
        raise ModelLoadError(f"timm does not list the stages of '{name}'; name its layers in a ModelSpec")
    return layers


def _random_digest(name: str) -> str:
    """Random weights are decided by the architecture's code, the seed and the generator: versions stand for code."""
    made_from = ["random", name, SEED, timm.__version__, torch.__version__]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def _build_random(name: str) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return _create(name)


def _create(name: str) -> nn.Module:
    network: nn.Module = timm.create_model(name.partition(".")[0], pretrained=False)
    return network


def _build_from_file(name: str, path: Path) -> nn.Module:
    """Load a state dict by the names of its tensors, or by their order where a conversion named all of them otherwise.

    Every tensor must be used and every one needed must be there; safetensors files keep no order, so names must match.
    """
    network = _create(name)
    own, given = network.state_dict(), _read_state_dict(path)
    if given.keys() == own.keys():
        matched = given
    elif path.suffix == ".safetensors" or len(own) != len(given):
        missing, surplus = sorted(own.keys() - given.keys()), sorted(given.keys() - own.keys())
        raise ModelLoadError(
            f"{path.name} does not fit {name}: it holds {len(given)} tensors, {len(own)} are needed; missing "
            f"{', '.join(missing[:3]) or 'none'}; surplus {', '.join(surplus[:3]) or 'none'}; is it another model's?"
        )
    else:
        matched = dict(zip(own, given.values(), strict=True))
    for key, tensor in own.items():
        if tensor.shape != matched[key].shape:
            raise ModelLoadError(
                f"{path.name} does not fit {name}: '{key}' is {tuple(matched[key].shape)}, but {tuple(tensor.shape)} "
                "is needed; use the weights of this architecture"
            )
    network.load_state_dict(matched, strict=True)
    return network


def _read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read weights without running code: safetensors, or a torch file in which nothing but tensors is allowed."""
    if path.suffix == ".safetensors":
        return load_file(path)
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ModelLoadError(f"{path.name} is no plain state dict ({str(error).splitlines()[0]}); save one") from error
    return dict(content)


def _hub_weights(name: str) -> Path:
    """The file of a timm model's weights at its hub, from the hub's cache where it is there."""
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None or not config.hf_hub_id:
        raise DataUnavailableError(
            f"timm has no weights at a hub for '{name}'; use 'timm:{name}@random' for an untrained one"
        )
    # The hub's client reports each of its retries; the message below says what matters.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        return Path(huggingface_hub.hf_hub_download(config.hf_hub_id, config.hf_hub_filename or "model.safetensors"))
    except (OSError, huggingface_hub.errors.HfHubHTTPError, RuntimeError) as error:
        raise DataUnavailableError(
            f"Could not get the weights of '{name}' ({config.hf_hub_id}) from the model hub ({type(error).__name__}). "
            f"Check the network, set HF_ENDPOINT to a mirror or HF_HOME to a folder that holds them; untrained it is "
            f"'timm:{name}@random'"
        ) from error


def _build_from_hub_file(name: str, path: Path) -> nn.Module:
    """Timm knows how the tensors of its own weights are to be renamed for each architecture."""
    try:
        network: nn.Module = timm.create_model(name, pretrained=True, pretrained_cfg_overlay={"file": str(path)})
    except (RuntimeError, KeyError) as error:
        raise ModelLoadError(f"{path.name} does not fit {name}: {str(error).splitlines()[0]}") from error
    return network
