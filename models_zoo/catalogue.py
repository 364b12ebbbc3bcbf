"""Which models there are: the catalogue's entries, and whatever a source names beside them."""

from collections.abc import Mapping

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo import classical, efficientnet_lite
from brainrank.models_zoo.load import SOURCES, check, pinned

MODELS: Mapping[str, ModelSpec] = {spec.name: spec for spec in (*efficientnet_lite.ENTRIES, *classical.ENTRIES)}


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
    raise UnknownNameError("model", name, MODELS, remedy="(or any timm architecture as timm:NAME)")
