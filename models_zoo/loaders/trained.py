"""`trained:NAME-SEED`: models trained or fitted by this project's own code, whose weights come with it.

`trained:compact-resnet@random` is the network without training, and `file:WEIGHTS.safetensors#trained:compact-resnet`
one's own weights, as `brainrank train` leaves them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.architecture import Architecture, Weights, untrained, with_weights_of
from brainrank.models_zoo.loaders.weights import SAFETENSORS
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel, TextTower
from brainrank.models_zoo.training.architectures import RANDOM, design_written, find_design
from brainrank.models_zoo.training.backbone import SIDE
from brainrank.models_zoo.training.captions import TEXT, text_tower_of, without_text

WEIGHTS = Path(__file__).parents[1] / "weights"


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when there are no such weights, or no such network to build without them."""
    if spec.source.endswith(RANDOM):
        find_design(_name(spec))
    else:
        weights_of(_name(spec))


def weights_of(model: str) -> Path:
    """The weights file that comes with the project."""
    path = WEIGHTS / f"{model}{SAFETENSORS}"
    if not path.is_file():
        raise UnknownNameError("model trained here", model, (file.stem for file in WEIGHTS.glob(f"*{SAFETENSORS}")))
    return path


def architecture(name: str) -> Architecture:
    """The network of that name."""
    design = find_design(name)
    network = Network(f"trained:{name}:{design.version}")
    preprocessing = Preprocessing(size=(SIDE, SIDE))
    return Architecture(
        name, preprocessing, design.create, network, layers=design.layers, convert=without_text, text=text_tower
    )


def text_tower(weights: Weights | None) -> TextTower | None:
    """The tower of text in a file's tensors, if there is one."""
    state = {key.removeprefix(TEXT): tensor for key, tensor in (weights or {}).items() if key.startswith(TEXT)}
    if not state:
        return None
    tower = text_tower_of(state)

    def encode(sentences: Sequence[str]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(tower(sentences).numpy(), dtype=np.float32)

    return TextTower(encode, float(tower.scale.detach().exp()))


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """The same network with random weights."""
    check(spec)
    return untrained(_architecture_of(spec), spec)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Find the network and its weights. Raises ModelLoadError when these are not what the catalogue says."""
    check(spec)
    if spec.source.endswith(RANDOM):
        return untrained(_architecture_of(spec), spec)
    path = weights_of(_name(spec))
    found = sha256_of(path)
    if spec.file_sha256 not in {"", found}:
        raise ModelLoadError(
            f"{path} is damaged (sha256 {found[:12]}, not {spec.file_sha256[:12]}); install brainrank again, or "
            f"`git checkout` the file"
        )
    return with_weights_of(_architecture_of(spec), spec, path, digest=found)


def _architecture_of(spec: ModelSpec) -> Architecture:
    return architecture(design_written(_source_name(spec)))


def _name(spec: ModelSpec) -> str:
    return _source_name(spec).removesuffix(RANDOM)


def _source_name(spec: ModelSpec) -> str:
    return spec.source.removeprefix("trained:")
