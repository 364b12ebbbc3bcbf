"""Which models there are: the catalogue's entries, and any `timm:NAME` beside them."""

from collections.abc import Mapping

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo import classical, efficientnet_lite
from brainrank.models_zoo.load import LOADERS, check

MODELS: Mapping[str, ModelSpec] = {spec.name: spec for spec in (*efficientnet_lite.ENTRIES, *classical.ENTRIES)}


def find_model(name: str) -> ModelSpec:
    """Return the entry of that name, or the spec that a `timm:NAME[@random]` describes.

    Raises UnknownNameError with the nearest names.
    """
    if name in MODELS:
        return MODELS[name]
    scheme, colon, rest = name.partition(":")
    if colon and scheme in LOADERS and rest:
        spec = ModelSpec(name=name, family="untrained" if rest.endswith("@random") else "unsorted", source=name)
        check(spec)
        return spec
    raise UnknownNameError("model", name, MODELS, remedy="(or any timm architecture as timm:NAME)")
