"""Score models on benchmarks and store what comes out; what was scored before is found, not computed again."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.cell.cell import Cell, nothing
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_version, network_code
from brainrank.benchmark.scoring.run import Resolve, run
from brainrank.benchmark.types.activations import ActivationsError, Extraction
from brainrank.benchmark.types.errors import (
    BrainrankError,
    DataUnavailableError,
    ModelLoadError,
    UnknownNameError,
    UserError,
)
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.own_model import OwnModelError, own_model_told


class Machine(NamedTuple):
    """Which data there are, where runs are made and stored, and on what device; in a cell, or (None) as we are.

    `resolve` is how models are had that are not in a cell: networks in memory are had otherwise than by their sources.
    Of the models named in `passing` nothing is stored: no run, and activations only in `passing_store`, which its owner
    empties.
    """

    catalogue: Catalogue
    begin: OpenSession
    locations: Locations
    device: str
    extraction: Extraction
    cell: Cell | None = None
    resolve: Resolve = resolve
    passing: Collection[str] = ()
    passing_store: str | None = None

    def resolver(self, region: LoadedRegion, check: Callable[[], None] = nothing) -> Resolve:
        """How a model is resolved to be scored on this region: in the cell if there is one; `check` as `Cell.model`."""
        return self.resolve if self.cell is None else partial(self.cell.model, region=region, check=check)

    def extraction_of(self, spec: ModelSpec) -> Extraction:
        """How this model's activations are had, and where they are stored."""
        return replace(self.extraction, store_url=self.passing_store) if spec.name in self.passing else self.extraction


class Outcome(NamedTuple):
    """A stored run, and whether it was there before."""

    run: StoredRun
    reused: bool


class Failure(NamedTuple):
    """A run that failed, or a benchmark whose data cannot be had (then there is no model)."""

    model: str | None
    benchmark: Benchmark
    error: BrainrankError


def score_all(
    specs: Sequence[ModelSpec],
    benchmarks: Sequence[Benchmark],
    machine: Machine,
    *,
    again: bool,
    start_run: Callable[[str], None],
    reporter: Reporter,
) -> Iterator[Outcome | Failure]:
    """Score every model on every benchmark; yield what came out, benchmark by benchmark.

    A failure stops neither the other models nor the other benchmarks, except that a model which cannot be had on any
    images is left out of what follows. `start_run` is told each pair's names. Raises StorageError where data cannot be
    written.
    """
    unusable = set[str]()
    for benchmark in benchmarks:
        region: LoadedRegion | None = None
        unavailable = False
        for spec in specs:
            start_run(f"{spec.name} on {benchmark.name}")
            known = None if again else find_current(spec, benchmark, machine)
            if known is not None:
                yield known
            elif spec.name not in unusable and not unavailable:
                try:
                    region = region or machine.catalogue.load(benchmark, machine.locations, reporter)
                except (DataUnavailableError, UserError) as error:
                    unavailable = True
                    yield Failure(None, benchmark, error)
                    continue
                try:
                    yield score(spec, benchmark, region, machine, reporter)
                except BrainrankError as error:
                    if _on_any_images(error):
                        unusable.add(spec.name)
                    yield Failure(spec.name, benchmark, error)


def _on_any_images(error: BrainrankError) -> bool:
    """Whether a model that failed so would fail on other images, too."""
    if isinstance(error, OwnModelError):
        return not isinstance(error.__cause__, ActivationsError)
    return isinstance(error, DataUnavailableError | ModelLoadError | UnknownNameError)


def find_current(spec: ModelSpec, benchmark: Benchmark, machine: Machine) -> Outcome | None:
    """The stored score of this model, benchmark, code within its reach and precision, if there is one."""
    if spec.name in machine.passing:
        return None
    with machine.begin() as session:
        known = runs.find_succeeded(
            session,
            spec,
            benchmark=benchmark.name,
            benchmark_version=benchmark.version,
            code_version=code_version(spec, benchmark),
        )
    if known is None or known.receipt["precision"] != machine.extraction.precision:
        return None
    source = find_source(spec)
    if source.runs_code and source.reads_files and not _makes_the_same(spec, known, machine):
        return None
    return Outcome(known, reused=True)


def with_targets(outcome: Outcome, machine: Machine) -> StoredRun:
    """The run with its scores by target, without which a stored one is found."""
    if not outcome.reused:
        return outcome.run
    with machine.begin() as session:
        return runs.find_run(session, outcome.run.run_id)


def _makes_the_same(spec: ModelSpec, known: StoredRun, machine: Machine) -> bool:
    """Whether the user's own code makes the network that was scored: it may read more than the files it consists of."""
    try:
        with own_model_told(spec):
            model = machine.resolve(spec, machine.locations, Silent())
    except BrainrankError:
        return False  # scoring it says what is wrong
    return bool(known.receipt.get("network_digest") == model.network_digest(network_code(spec)))


def score(spec: ModelSpec, benchmark: Benchmark, region: LoadedRegion, machine: Machine, reporter: Reporter) -> Outcome:
    """Score a model on a benchmark, whose region is given, and store the score with its receipt.

    No transaction is open while the model runs. A failure is recorded and raised, unless it is the user's mistake.
    Of a model that is `passing` nothing is stored.
    """
    try:
        with own_model_told(spec):
            result = run(
                spec,
                benchmark,
                region,
                locations=machine.locations,
                device=machine.device,
                reporter=reporter,
                extraction=machine.extraction_of(spec),
                resolve=machine.resolver(region),
            )
    except UserError:
        raise
    except BrainrankError as error:
        if spec.name not in machine.passing:
            _record_failure(spec, benchmark, machine, error)
        raise
    if spec.name in machine.passing:
        return Outcome(runs.stored_run_without_database(spec, result), reused=False)
    with machine.begin() as session:
        return Outcome(runs.add_succeeded(session, spec, result), reused=False)


def _record_failure(spec: ModelSpec, benchmark: Benchmark, machine: Machine, error: BrainrankError) -> None:
    with machine.begin() as session:
        runs.add_failed(
            session,
            spec,
            benchmark=benchmark.name,
            benchmark_version=benchmark.version,
            code_version=code_version(spec, benchmark),
            error=error,
        )
