"""`trials:FILE.csv`: recorded choices of a model; behaviour only, and nothing about them is verified."""

from pathlib import Path

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.local import LocalFile, file_of, local_file, path_in
from brainrank.models_zoo.resolved import ResolvedModel

SUFFIXES = (".csv", ".tsv")


def check(spec: ModelSpec) -> None:
    """Raise UserError unless it is a table that is there."""
    path = path_in(spec.source)
    if not path.endswith(SUFFIXES):
        raise UserError(f"'{path}' is neither .csv nor .tsv; recorded trials are a table, a row per trial")
    if spec.weights is None:
        local_file(spec)


def table_of(spec: ModelSpec, locations: Locations, reporter: Reporter) -> LocalFile:
    """The table of trials and its sha256, for whoever reads trials (`brainrank.datasets.readers`)."""
    check(spec)
    return file_of(spec, locations, reporter)


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Raise UserError: recorded choices have no activations, so only benchmarks of behaviour can take them."""
    check(spec)
    name = Path(path_in(spec.source)).name
    raise UserError(
        f"'{spec.source}' holds recorded choices and no activations; it can be scored on benchmarks of behaviour only. "
        f"To compare it with other observers now: brainrank analyse error-consistency {name} OTHERS.csv"
    )


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The same refusal: there are no layers."""
    return resolve(spec, locations, reporter)
