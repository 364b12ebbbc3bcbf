"""The single scoring path: the command line and the worker both call `run`, and nothing else computes a score."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cache, partial
from importlib.metadata import version
from time import perf_counter
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.code_version import code_version, network_code
from brainrank.benchmark.scoring.evidence import Evidence, Job
from brainrank.benchmark.scoring.gather import gather
from brainrank.benchmark.scoring.scoring_device import scoring_device, scoring_on
from brainrank.benchmark.statistics.pieces import telling
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Content
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.trials import Choices
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.resolved import ResolvedModel

Resolve = Callable[[ModelSpec, Locations, Reporter], ResolvedModel]

WORTH_TELLING_S = 90.0
LIBRARIES = ("numpy", "scipy", "torch", "timm", "pillow")


class Seconds(NamedTuple):
    """Where a run's wall time went: to the evidence (weights, activations, readout), and to its score."""

    extracting: float
    scoring: float


class RunResult(NamedTuple):
    """A score, the receipt it can be had from again, and what it took."""

    score: Score
    receipt: Receipt
    seconds: Seconds


class Extracted(NamedTuple):
    """A model's evidence, what a receipt says of how it was had, and how many seconds that took."""

    evidence: Evidence
    weights_digest: str
    network_digest: str
    preprocessing: Mapping[str, Any]
    checkpoint: str
    precision: str
    seconds: float


def no_matter(_extracted: Extracted) -> None:
    """Go on to score."""


def run(
    spec: ModelSpec,
    benchmark: Benchmark,
    region: LoadedRegion,
    *,
    locations: Locations,
    device: str,
    reporter: Reporter,
    extraction: Extraction = DEFAULT_EXTRACTION,
    resolve: Resolve = resolve,
    score: Callable[[Content, Assembly], Score] | None = None,
    score_on: str = "",
    extracted: Extracted | None = None,
    after_extraction: Callable[[Extracted], None] = no_matter,
) -> RunResult:
    """Score one model on one benchmark, whose region of its data set is given.

    A service may `resolve` to a model it has in memory already, and have others help with what the metric's own `score`
    does. It may end the run `after_extraction`, by raising, and have it scored elsewhere from what was `extracted`.
    Nothing of that changes a bit of what comes out. Scores of many stimuli are computed on the card, if `device` has
    one, or that of `score_on` where told (`scoring_device`): by nobody else then, for bits are a kind of device's.

    Raises BrainrankError, whose message says what to do, when weights cannot be had or do not fit, a layer does not
    exist, or something cannot be written.
    """
    if extracted is None:
        started = perf_counter()
        model = resolve(spec, locations, reporter)
        network_digest = model.network_digest(network_code(spec))
        job = Job(spec, model, network_digest, locations, device, extraction, reporter)
        extracted = _extract(job, benchmark, region, started)
        after_extraction(extracted)
    evidence, started = extracted.evidence, perf_counter()
    reporter.progress("scoring", 0, 1)
    there = scoring_device(benchmark.metric, region, score_on or device, tell=reporter.message)
    if there is None:
        _say_how_long(benchmark.metric.expected_seconds(evidence.content, region.assembly), reporter)
    compute = benchmark.metric.score if score is None or there is not None else score
    # One thread: the last bits of a score then do not depend on how many processors there are or how busy they are, and
    # products this small wait longer for a second thread than they gain by it (docs/decisions/one-thread-per-score.md).
    with threadpool_limits(limits=1), telling(partial(reporter.progress, "scoring")), scoring_on(there) as scored_on:
        found = compute(evidence.content, region.assembly)
    if isinstance(evidence.content, Choices):
        found = replace(found, choices=evidence.content)
    reporter.progress("scoring", 1, 1)
    seconds = Seconds(extracting=extracted.seconds, scoring=perf_counter() - started)
    receipt = Receipt(
        model=spec.name,
        source=spec.source,
        verified=find_source(spec).verified,
        spec_digest=spec.digest,
        weights_digest=extracted.weights_digest,
        network_digest=extracted.network_digest,
        preprocessing=extracted.preprocessing,
        layers=evidence.layers,
        readout=evidence.readout,
        pooling=spec.pooling,
        precision=extracted.precision,
        device=evidence.device,
        stimuli_digest=region.stimuli.digest,
        benchmark=benchmark.name,
        benchmark_version=benchmark.version,
        metric={"name": benchmark.metric.name, **asdict(benchmark.metric)},
        seed=benchmark.metric.seed,
        code_version=code_version(spec, benchmark),
        libraries=_library_versions(),
        checkpoint=extracted.checkpoint,
        scored_on=scored_on,
        subject=region.subject,
    )
    return RunResult(found, receipt, seconds)


def _extract(job: Job, benchmark: Benchmark, region: LoadedRegion, started: float) -> Extracted:
    return Extracted(
        gather(benchmark.metric.evidence, job, region),
        weights_digest=job.model.weights_digest,
        network_digest=job.network_digest,
        preprocessing=job.model.preprocessing.content,
        checkpoint=job.model.checkpoint,
        precision=job.extraction.precision,
        seconds=perf_counter() - started,
    )


def _say_how_long(seconds: float | None, reporter: Reporter) -> None:
    if seconds is not None and seconds >= WORTH_TELLING_S:
        reporter.message(f"Scoring takes about {round(seconds / 60)} minutes")


@cache
def _library_versions() -> Mapping[str, str]:
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}
