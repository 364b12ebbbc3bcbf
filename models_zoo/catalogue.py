"""Which models there are: the catalogue's entries, and whatever a source names beside them."""

from collections.abc import Mapping

from brainrank.benchmark.types.errors import UnknownNameError
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
from brainrank.models_zoo.load import SOURCES, check, pinned

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

    Raises UnknownNameError with the nearest names.
    """
    if name in MODELS:
        return MODELS[name]
    scheme, colon, rest = name.partition(":")
    if colon and scheme in SOURCES and rest:
        spec = ModelSpec(name=name, family="untrained" if rest.endswith("@random") else "unsorted", source=name)
        check(spec)
        return pinned(spec)
    raise UnknownNameError("model", name, MODELS, remedy="(or a source, as timm:NAME)")
