"""`trials:FILE.csv`: recorded choices of a model; behaviour only, and nothing about them is verified."""

from functools import partial
from pathlib import Path

from torch import nn

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.features import NO_PREPROCESSING
from brainrank.models_zoo.loaders.local import file_of, local_file, path_in
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

SUFFIXES = (".csv",)


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a table that is there."""
    path = path_in(spec.source)
    if not path.endswith(SUFFIXES):
        raise UserError(f"'{path}' is no .csv file; recorded trials are a table, a row per trial")
    if spec.weights is None:
        local_file(spec)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Find the table; it is read when a benchmark of behaviour asks for choices."""
    check(spec)
    path, digest = file_of(spec, locations, reporter)
    return ResolvedModel(digest, Network("trials"), NO_PREPROCESSING, (), partial(_refuse, path), trials=path)


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The table: there is no network and there are no layers."""
    return resolve(spec, locations, reporter)


def _refuse(path: Path) -> nn.Module:
    raise UserError(
        f"{path.name} holds recorded choices and no activations; it can be scored on benchmarks of behaviour only, "
        "such as geirhos2021.silhouette.error-consistency"
    )
