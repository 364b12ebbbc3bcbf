"""`open_clip:ARCH/TAG` or `open_clip:ARCH@random`: the visual tower of an open_clip model."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from brainrank.benchmark.files.downloads import fetch, sha256_of
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.architecture import Architecture, untrained, with_weights_of
from brainrank.models_zoo.loaders.hub import hub_file
from brainrank.models_zoo.loaders.open_clip_text import text_tower
from brainrank.models_zoo.loaders.optional_packages import package
from brainrank.models_zoo.loaders.timm import stages_of
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

SAFE, PICKLED = "open_clip_model.safetensors", "open_clip_pytorch_model.bin"
VISUAL = "visual."
# open_clip's words for what is done to an image that is not square, in timm's.
CROP_MODES = {"shortest": "center", "longest": "border", "squash": "squash"}


class _Source(NamedTuple):
    name: str
    tag: str
    revision: str


def _open_clip(module: str = "open_clip") -> Any:
    return package(module, source="open_clip", install="open_clip_torch")


def _parse(spec: ModelSpec) -> _Source:
    rest, _, revision = spec.source.removeprefix("open_clip:").partition("@")
    name, _, tag = rest.partition("/")
    return _Source(name, tag, revision)


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when open_clip has no such architecture, tag or revision."""
    name, tag, revision = _parse(spec)
    _check_name(name)
    tags = _open_clip().list_pretrained_tags_by_model(name)
    if tag and tag not in tags:
        raise UnknownNameError(f"weights tag of open_clip model '{name}'", tag, tags)
    if revision not in {"", "random"}:
        raise UnknownNameError("open_clip revision", revision, ("random",))
    if not tag and not revision and spec.weights is None:
        choices = f"open_clip:{name}/TAG with one of {', '.join(tags[:8])}, or open_clip:{name}@random"
        raise UserError(f"'{spec.source}' names no weights; choose {choices}")


def _check_name(name: str) -> None:
    if name not in _open_clip().list_models():
        raise UnknownNameError("open_clip model", name, _open_clip().list_models())


def architecture(name: str) -> Architecture:
    """The visual tower of `ARCH[/TAG]`, with the preprocessing and the activation function of the tag."""
    bare, _, tag = name.partition("/")
    _check_name(bare)
    settings = dict(_open_clip().get_pretrained_cfg(bare, tag)) if tag else {}
    return Architecture(
        name=name,
        preprocessing=_preprocessing(bare, settings),
        create=partial(_create, bare, settings.get("quick_gelu")),
        network=_network(bare, settings.get("quick_gelu")),
        stages=_stages,
        convert=visual_only,
        text=partial(text_tower, bare, settings.get("quick_gelu")),
    )


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the tower and its weights: the spec's file, random, or those of open_clip's tag."""
    check(spec)
    name, tag, revision = _parse(spec)
    found = architecture(f"{name}/{tag}" if tag else name)
    if spec.weights is not None:
        path = fetch(spec.weights, locations, reporter=reporter)
        return with_weights_of(found, spec, path, digest=spec.weights.sha256)
    if revision == "random":
        return untrained(found, spec)
    path = _hub_weights(name, tag)
    return with_weights_of(found, spec, path, digest=sha256_of(path))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same tower with random weights."""
    check(spec)
    name, tag, _ = _parse(spec)
    return untrained(architecture(f"{name}/{tag}" if tag else name), spec)


def _hub_weights(name: str, tag: str) -> Path:
    repository, _, file = _open_clip().get_pretrained_cfg(name, tag).get("hf_hub", "").rpartition("/")
    if not repository:
        raise DataUnavailableError(
            f"open_clip has no weights at a hub for '{name}/{tag}', only a pickle that may run code; give your own "
            f"copy as file:WEIGHTS.safetensors#open_clip:{name}"
        )
    if file.endswith((".npz", ".npy")):
        raise ModelLoadError(f"The weights of '{name}/{tag}' are no state dict ({file}); use its timm counterpart")
    safe = f"{file.rpartition('.')[0]}.safetensors" if file else SAFE
    return hub_file(repository, (safe, file or PICKLED), way_out=f"untrained it is 'open_clip:{name}@random'")


def visual_only(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of the visual tower, under its own names; a file that holds nothing else is taken as it is."""
    visual = {key.removeprefix(VISUAL): tensor for key, tensor in state.items() if key.startswith(VISUAL)}
    return visual or state


def _create(name: str, quick_gelu: bool | None) -> nn.Module:
    """Only the visual tower: text towers may need files of a hub.

    OpenAI's weights and some others need the approximate GELU; the tag says so, and the architecture's own setting
    counts only where there is no tag.
    """
    config: dict[str, Any] = _open_clip().get_model_config(name)
    vision = {**config["vision_cfg"], "timm_model_pretrained": False}
    quick = config.get("quick_gelu", False) if quick_gelu is None else quick_gelu
    tower: nn.Module = _open_clip("open_clip.model")._build_vision_tower(config["embed_dim"], vision, quick)
    return tower


def _network(name: str, quick_gelu: bool | None) -> Network:
    """The tower as it is configured; the tag's word on the activation function is an argument of its own."""
    arguments = {"config": _open_clip().get_model_config(name), "quick_gelu": quick_gelu}
    return Network(f"open_clip:{name}", arguments, ("open_clip_torch",))


def _stages(network: nn.Module) -> tuple[str, ...]:
    """Timm's stages where the tower is one of timm's networks; open_clip's own are found as they are."""
    trunk = getattr(network, "trunk", None)
    return () if trunk is None else tuple(f"trunk.{stage}" for stage in stages_of(trunk))


def _preprocessing(name: str, settings: dict[str, Any]) -> Preprocessing:
    """open_clip's evaluation preprocessing: the tag's settings over the package's defaults."""
    transform = _open_clip("open_clip.transform")
    config = _open_clip().get_model_config(name)
    size = config["vision_cfg"].get("image_size", 224)
    known = {key: value for key, value in settings.items() if key in transform.PreprocessCfg.__dataclass_fields__}
    merged = transform.merge_preprocess_dict(transform.PreprocessCfg(size=size), known)
    height, width = (merged["size"],) * 2 if isinstance(merged["size"], int) else merged["size"]
    return Preprocessing(
        size=(height, width),
        interpolation=merged["interpolation"],
        crop_mode=CROP_MODES[merged["resize_mode"]],
        mean=tuple(merged["mean"]),
        std=tuple(merged["std"]),
    )
