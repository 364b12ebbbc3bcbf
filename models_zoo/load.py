"""From a ModelSpec to a model: one loader per source, imported only when it is needed (they import torch)."""

from collections.abc import Callable, Mapping

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.resolved import ResolvedModel


def _timm(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    from brainrank.models_zoo.loaders import timm

    return timm.resolve(spec, locations, reporter)


def _classical(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    from brainrank.models_zoo.loaders import classical

    return classical.resolve(spec)


LOADERS: Mapping[str, Callable[[ModelSpec, Locations, Reporter], ResolvedModel]] = {
    "timm": _timm,
    "classical": _classical,
}


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Settle weights, preprocessing and layers of a model, fetching its weights if need be.

    Raises UnknownNameError (source or architecture), DataUnavailableError (weights), ModelLoadError (weights that do not
    fit, on building).
    """
    scheme = spec.source.partition(":")[0]
    if scheme not in LOADERS:
        raise UnknownNameError("model source", scheme, LOADERS)
    return LOADERS[scheme](spec, locations, reporter)
