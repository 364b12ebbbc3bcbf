"""`transformers:OWNER/REPO@COMMIT[@random]` or `transformers:CLASS@random`: a vision network of transformers.

Of a model with two towers it is the one that sees. Nothing of a repository is run (`trust_remote_code` is False): its
configuration says which of the package's own classes it is, its weights are safetensors.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError, first_line
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.hub_names import VISION_CLASSES, Repository, transformers_source
from brainrank.models_zoo.loaders.architecture import Architecture, resolve_built, untrained
from brainrank.models_zoo.loaders.hub import hub_file
from brainrank.models_zoo.loaders.image_processor import preprocessing_of
from brainrank.models_zoo.loaders.local import LocalFile, open_checked
from brainrank.models_zoo.loaders.optional_packages import package
from brainrank.models_zoo.loaders.weights import read_state_dict
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

CONFIG, WEIGHTS = "config.json", "model.safetensors"
PROCESSOR = ("preprocessor_config.json", "processor_config.json")
# Of untrained networks, as of timm's.
UNKNOWN_SIDE, UNKNOWN_CROP = 224, 0.875
TOWERS = ("vision_config",)
SEQUENCES = {"layer", "layers", "block", "blocks", "stage", "stages"}
POOLER = "pooler."
MASKED_AUTOENCODER = "ViTMAEModel"


def check(spec: ModelSpec) -> None:
    """Raise UserError unless the source is a repository at a commit, or a known class untrained."""
    transformers_source(spec.source)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Read the repository's configuration and image processor, and fetch its weights."""
    source = transformers_source(spec.source)
    if source.is_random:
        return untrained(_architecture(spec), spec)
    architecture, (repository, _, commit) = _architecture(spec), source.repository
    path = hub_file(repository, (WEIGHTS,), revision=commit, way_out="only one file of safetensors is read")
    digest = sha256_of(path)
    return resolve_built(architecture, spec, digest, partial(_trained, architecture, LocalFile(path, digest)))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same network with random weights."""
    return untrained(_architecture(spec), spec)


def _architecture(spec: ModelSpec) -> Architecture:
    """The network of the repository's configuration, or of a class's own."""
    source = transformers_source(spec.source)
    if source.name:
        kind, config = source.name, dict[str, Any]()
        preprocessing = _untrained_preprocessing(kind)
    else:
        kind, config, model_type = _describe(source.repository)
        preprocessing = spec.preprocessing or _preprocessing(source.repository, model_type)
    network = Network(f"transformers:{kind}", config, ("transformers",))
    return Architecture(kind, preprocessing, partial(_create, kind, config), network, stages=_stages)


def _transformers(module: str = "transformers") -> Any:
    return package(module, source="transformers", install="transformers")


def _describe(repository: Repository) -> tuple[str, dict[str, Any], str]:
    """The class of a repository's network, its configuration, and the kind of model the repository says it holds."""
    content = _json(hub_file(repository.name, (CONFIG,), revision=repository.commit))
    model_type = str(content.get("model_type", ""))
    kind = VISION_CLASSES.get(model_type)
    if kind is None:
        raise ModelLoadError(
            f"{CONFIG} of '{repository.name}' describes a model of the kind '{model_type}', which is no network of "
            f"images that is known here; known are {', '.join(sorted(VISION_CLASSES))}. Give the network as onnx:FILE"
        )
    inside = next((content[key] for key in TOWERS if isinstance(content.get(key), Mapping)), content)
    return kind, dict(inside), model_type


def _preprocessing(repository: Repository, model_type: str) -> Preprocessing:
    path = hub_file(
        repository.name,
        PROCESSOR,
        revision=repository.commit,
        way_out="without an image processor, its preprocessing has to be given with the model (over REST)",
    )
    with quiet():
        return preprocessing_of(_json(path), model_type, repository.name)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelLoadError(f"{path.name} of the repository is no JSON ({first_line(error)})") from error
    return content if isinstance(content, dict) else {}


def _untrained_preprocessing(kind: str) -> Preprocessing:
    side = getattr(_class(kind).config_class(), "image_size", UNKNOWN_SIDE)
    height, width = (side, side) if isinstance(side, int) else tuple(side)
    return Preprocessing(size=(height, width), crop_fraction=UNKNOWN_CROP)


def _class(kind: str) -> Any:
    with quiet():
        found = getattr(_transformers(), kind, None)
    if found is None:
        raise ModelLoadError(
            f"transformers {_transformers().__version__} has no {kind}; install a later one: "
            "pip install -U transformers"
        )
    return found


def _configured(kind: str, config: Mapping[str, Any]) -> Any:
    """The configuration as the package reads it. Raises ModelLoadError for one that it refuses."""
    try:
        return _class(kind).config_class.from_dict({**config, **_fixed_settings(kind)})
    except Exception as error:  # the package's own checks raise errors of many kinds
        raise ModelLoadError(f"The configuration of {kind} is refused by transformers: {first_line(error)}") from error


def _fixed_settings(kind: str) -> dict[str, Any]:
    """What of a configuration is for training only: a masked autoencoder is shown whole images."""
    return {"mask_ratio": 0.0} if kind == MASKED_AUTOENCODER else {}


def _create(kind: str, config: Mapping[str, Any]) -> nn.Module:
    with quiet():
        return _for_images(kind, _class(kind)(_configured(kind, config)))


def _trained(architecture: Architecture, file: LocalFile) -> nn.Module:
    """The network with its weights in float32. Raises ModelLoadError when one is missing: a pooler's are left out."""
    kind, config = architecture.name, architecture.network.arguments
    with open_checked(file):
        state = read_state_dict(file.path)
    with quiet():
        try:
            network, found = _class(kind).from_pretrained(
                None,
                config=_configured(kind, config),
                state_dict=state,
                output_loading_info=True,
                dtype=torch.float32,
                trust_remote_code=False,
            )
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise ModelLoadError(f"{file.path.name} does not fit {kind}: {first_line(error)}") from error
    missing = sorted(map(str, found["missing_keys"]))
    body = [key for key in missing if not key.startswith(POOLER)]
    if body or found["mismatched_keys"]:
        wrong = ", ".join((body or sorted(map(str, found["mismatched_keys"])))[:3])
        raise ModelLoadError(
            f"{file.path.name} does not fit {kind}: {len(body)} tensors are missing, "
            f"{len(found['mismatched_keys'])} of another shape ({wrong}); is it another model's?"
        )
    if missing:
        network.pooler = None
    return _for_images(kind, network)


def _for_images(kind: str, network: nn.Module) -> nn.Module:
    """The network as it takes images alone: a masked autoencoder keeps its patches, and their order."""
    if kind == MASKED_AUTOENCODER:
        network.register_forward_pre_hook(_in_order, with_kwargs=True)
    return network.eval()


def _in_order(network: Any, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    patches = network.embeddings.patch_embeddings.num_patches
    order = torch.arange(patches, device=given[0].device, dtype=torch.float32)
    return given, {**named, "noise": order.expand(len(given[0]), -1)}


def _stages(network: nn.Module) -> tuple[str, ...]:
    """The sequences of blocks, under whatever usual name: the outermost ones."""
    found: list[str] = []
    for name, module in network.named_modules():
        is_sequence = isinstance(module, nn.ModuleList | nn.Sequential) and name.rpartition(".")[2] in SEQUENCES
        if is_sequence and not any(name.startswith(f"{outer}.") for outer in found):
            found.append(name)
    return tuple(found)


@contextmanager
def quiet() -> Iterator[None]:
    """Neither warnings nor progress bars of the package; what is wrong is raised. Afterwards it is as it was."""
    settings = _transformers("transformers.utils.logging")
    level, bars = settings.get_verbosity(), settings.is_progress_bar_enabled()
    settings.set_verbosity(logging.CRITICAL)
    settings.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        settings.set_verbosity(level)
        if bars:
            settings.enable_progress_bar()
