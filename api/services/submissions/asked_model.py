"""The model that somebody asks for by name: with layers, pooling or preprocessing of their own it is another model."""

from collections.abc import Sequence
from dataclasses import replace

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.outputs import POOLING_NAMES


def with_layers(spec: ModelSpec, layers: Sequence[str], pooling: str | None = None) -> ModelSpec:
    """The model with these layers and this pooling instead of its own, if any: another model, of a name that says so.

    Under the model's own name its scores would take the place of those of all its layers. Raises UserError for a table
    of recorded choices, which has none, and for a pooling of recorded features, UnknownNameError for a pooling that
    there is not.
    """
    if pooling is not None and pooling not in POOLING_NAMES:
        raise UnknownNameError("pooling", pooling, POOLING_NAMES)
    chosen = tuple(dict.fromkeys(layers))
    pooled = None if pooling == spec.pooling else pooling
    if not chosen and pooled is None:
        return spec
    if pooled is not None and spec.source.startswith("features:"):
        raise UserError(f"'{spec.source}' holds recorded features, which are not pooled here; leave out the pooling")
    if spec.source.startswith("trials:"):
        given = "layers" if chosen else "pooling"
        raise UserError(f"'{spec.source}' holds recorded choices and has no layers; leave out the {given}")
    told = " of ".join(each for each in (pooled, ",".join(chosen)) if each)
    return replace(spec, name=f"{spec.name}[{told}]", layers=chosen or spec.layers, pooling=pooling or spec.pooling)
