"""Score models on benchmarks, once: what is in the database already is not computed again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.run import code_version, run
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter

# Opens a session that is committed when its block ends; the caller decides on which database.
Begin = Callable[[], AbstractContextManager[Session]]


class Outcome(NamedTuple):
    """A stored run, and whether it was there before."""

    run: StoredRun
    reused: bool


def score(
    spec: ModelSpec,
    benchmark: Benchmark,
    *,
    begin: Begin,
    locations: Locations,
    device: str,
    again: bool,
    reporter: Reporter,
    extraction: Extraction = DEFAULT_EXTRACTION,
) -> Outcome:
    """Return the stored score of this model, benchmark and code version; compute and store it when there is none.

    No transaction is open while the model runs. A failure is recorded and raised, unless it is the user's mistake.
    """
    if not again:
        with begin() as session:
            known = runs.find_succeeded(
                session,
                spec,
                benchmark=benchmark.name,
                benchmark_version=benchmark.version,
                code_version=code_version(),
            )
        if known is not None and known.receipt["precision"] == extraction.precision:
            return Outcome(known, reused=True)
    try:
        result = run(spec, benchmark, locations=locations, device=device, reporter=reporter, extraction=extraction)
    except UserError:
        raise
    except BrainrankError as error:
        with begin() as session:
            runs.add_failed(
                session,
                spec,
                benchmark=benchmark.name,
                benchmark_version=benchmark.version,
                code_version=code_version(),
                error=f"{type(error).__name__}: {error}",
            )
        raise
    with begin() as session:
        return Outcome(runs.add_succeeded(session, spec, result), reused=False)
