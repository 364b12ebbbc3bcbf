"""Which models there are: the catalogue's entries, and whatever a source names beside them."""

from collections.abc import Mapping
from pathlib import Path

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo import (
    classical,
    controlled,
    convolutional,
    efficientnet_lite,
    generative,
    language_supervised,
    recurrent,
    robust,
    self_supervised,
    transformers,
    untrained,
)
from brainrank.models_zoo.load import SOURCES, check, pin_weights

# How a file is given as a model, by its ending.
BY_ENDING = {
    ".onnx": "onnx:{}",
    **dict.fromkeys(
        (".safetensors", ".pth", ".pt", ".ckpt", ".tar"), "file:{}#SOURCE:ARCHITECTURE, as in #timm:resnet50"
    ),
    ".py": "python:{}:FUNCTION",
    ".npz": "features:{}",
    ".npy": "features:{}",
    ".csv": "trials:{}",
}
_FILES = (
    efficientnet_lite,
    convolutional,
    transformers,
    self_supervised,
    language_supervised,
    generative,
    robust,
    recurrent,
    classical,
    controlled,
    untrained,
)
FAMILIES = (
    "supervised",
    "self-supervised",
    "language-supervised",
    "generative",
    "robust",
    "recurrent",
    "classical",
    "untrained",
)
MODELS: Mapping[str, ModelSpec] = {spec.name: spec for file in _FILES for spec in file.ENTRIES}


def find_model(name: str) -> ModelSpec:
    """Return the entry of that name, or the spec that a source (`timm:NAME[@random]`, `onnx:FILE`, ...) describes.

    Raises UnknownNameError with the nearest names, and UserError for a bare file, with how it is written as a model.
    """
    if name in MODELS:
        return MODELS[name]
    scheme, colon, rest = name.partition(":")
    if colon and scheme in SOURCES and rest:
        spec = ModelSpec(name=name, family="untrained" if rest.endswith("@random") else "unsorted", source=name)
        check(spec)
        return pin_weights(spec)
    written = BY_ENDING.get(
        Path(name).suffix.lower()
    )  # whether there is such a file is not looked at: it may be a server's
    if written:
        raise UserError(f"'{name}' is no model by itself; a file is written {written.format(name)}")
    raise UnknownNameError("model", name, MODELS, remedy="(or a source, as timm:NAME)")
