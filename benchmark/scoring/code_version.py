"""The version of the code that makes a score: of what can reach it, and of nothing else.

What counts, what does not, and what it costs: docs/decisions/what-makes-a-score-current.md.
"""

import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from brainrank.benchmark.scoring import gather
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.import_closure import Sources
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.datasets import catalogue
from brainrank.models_zoo.load import modules_of

SCORING_PATH = "brainrank.benchmark.scoring.run"
OWN_DATA = ("brainrank.datasets.package.package", "brainrank.datasets.memory.given_dataset")
"""What loads data of one's own: packages, and data in memory."""
EXTRACTION = "brainrank.benchmark.activations.extract"
# These say what there is and find it by name: what is found for a score is among its entries, or is data in its digest.
# Followed, each would make everything reach every score.
LOOKUPS = (
    "brainrank.benchmark.scoring.benchmarks",
    "brainrank.benchmark.scoring.code_version",
    "brainrank.benchmark.scoring.gather",
    "brainrank.benchmark.scoring.metric_catalogue",
    "brainrank.models_zoo.load",
    "brainrank.models_zoo.training.architectures",
)
DIGITS = 12


@cache
def sources() -> Sources:
    """The source of the brainrank that runs, as it was when it was first asked for."""
    return Sources(Path(__file__).parents[2], lookups=LOOKUPS)


def code_version(spec: ModelSpec, benchmark: Benchmark) -> str:
    """The package's version, and the digest of the code that can reach the model's score on the benchmark.

    Raises UnknownNameError when there is no such source of models.
    """
    return f"{_release()}+{score_digest(spec, benchmark, sources())[:DIGITS]}"


@cache
def _release() -> str:
    return version("brainrank")


def network_code(spec: ModelSpec) -> str:
    """The sha256 of our code that decides a model's activations: that of its loader, and of extraction."""
    return sources().digest(frozenset((EXTRACTION, *modules_of(spec))))


def code_of(code_version: str) -> str:
    """What decides whether two scores are by the same code: a release alone changes none."""
    return code_version.rpartition("+")[2]


def score_digest(spec: ModelSpec, benchmark: Benchmark, found: Sources) -> str:
    """The sha256 of the code that can reach a score, and of what its benchmark declares."""
    said, code = declaration(benchmark), found.digest(frozenset(entries(spec, benchmark)))
    decides = [said[each] for each in ("dataset", "region", "metric", "parameters")]
    return hashlib.sha256(json.dumps([decides, code], sort_keys=True).encode()).hexdigest()


def declaration(benchmark: Benchmark) -> dict[str, Any]:
    """What a benchmark says, as plain values."""
    return {**vars(benchmark), "metric": benchmark.metric.name, "parameters": asdict(benchmark.metric)}


def entries(spec: ModelSpec, benchmark: Benchmark) -> tuple[str, ...]:
    """The modules that a score begins at: scoring path, metric, what gathers its evidence, study, and loader."""
    return (
        SCORING_PATH,
        type(benchmark.metric).__module__,
        gather.MODULES[benchmark.metric.evidence],
        *((catalogue.MODULES[study],) if (study := benchmark.dataset) in catalogue.MODULES else OWN_DATA),
        *modules_of(spec),
    )
