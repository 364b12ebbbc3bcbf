"""From a ModelSpec to a model: one loader per source, imported only when it is needed (they import torch)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.resolved import ResolvedModel


class Loader(NamedTuple):
    """How models of one source are checked by name, and resolved."""

    check: Callable[[ModelSpec], None]
    resolve: Callable[[ModelSpec, Locations, Reporter], ResolvedModel]


def _timm() -> Loader:
    from brainrank.models_zoo.loaders import timm

    return Loader(timm.check, timm.resolve)


def _classical() -> Loader:
    from brainrank.models_zoo.loaders import classical

    return Loader(classical.check, classical.resolve)


LOADERS: Mapping[str, Callable[[], Loader]] = {"timm": _timm, "classical": _classical}


def check(spec: ModelSpec) -> None:
    """Raise UnknownNameError when the spec's source, or the name in it, does not exist; nothing is fetched."""
    _loader(spec).check(spec)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Settle weights, preprocessing and layers of a model, fetching its weights if need be.

    Raises UnknownNameError (source or architecture), DataUnavailableError (weights) and, on building, ModelLoadError
    (weights that do not fit).
    """
    return _loader(spec).resolve(spec, locations, reporter)


def _loader(spec: ModelSpec) -> Loader:
    scheme = spec.source.partition(":")[0]
    if scheme not in LOADERS:
        raise UnknownNameError("model source", scheme, LOADERS)
    return LOADERS[scheme]()
