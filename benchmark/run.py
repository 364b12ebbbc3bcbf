"""The single scoring path: the command line and the worker both call `run`, and nothing else computes a score."""

import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from brainrank.benchmark.benchmarks import Benchmark, Metric
from brainrank.benchmark.evidence import Job, activations, choices
from brainrank.benchmark.metrics.encoding.layers import LayerCorrelations
from brainrank.benchmark.metrics.encoding.metric import EncodingMetric, Examine
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction, LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.trials import Choices
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.resolved import ResolvedModel

Resolve = Callable[[ModelSpec, Locations, Reporter], ResolvedModel]

SCORING_CODE = ("benchmark", "datasets", "models_zoo/layers.py", "models_zoo/loaders", "models_zoo/training")
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
    examine: Examine | None = None,
) -> RunResult:
    """Score one model on one benchmark, whose region of its data set is given.

    A service may `resolve` to a model it has in memory already, and have others help to `examine` the layers of an
    encoding (`EncodingMetric.score`); neither changes a bit of what comes out.

    Raises BrainrankError, whose message says what to do, when weights cannot be had or do not fit, a layer does not
    exist, or something cannot be written.
    """
    started = perf_counter()
    model = resolve(spec, locations, reporter)
    job = Job(spec, model, locations, device, extraction, reporter)
    stimuli, assembly, _ = region
    if isinstance(assembly, RdmAssembly | ResponseAssembly):
        evidence = activations(job, stimuli)
    else:
        evidence = choices(job, region, assembly.categories)
    extracted = perf_counter()
    reporter.progress("scoring", 0, 1)
    # One thread: the last bits of a score then do not depend on how many processors there are or how busy they are, and
    # products this small wait longer for a second thread than they gain by it (docs/decisions/one-thread-per-score.md).
    with threadpool_limits(limits=1):
        score = _score(benchmark.metric, evidence.content, assembly, examine)
    if isinstance(evidence.content, Choices):
        score = replace(score, choices=evidence.content)
    reporter.progress("scoring", 1, 1)
    seconds = Seconds(extracting=extracted - started, scoring=perf_counter() - extracted)
    receipt = Receipt(
        model=spec.name,
        source=spec.source,
        verified=find_source(spec).verified,
        spec_digest=spec.digest,
        weights_digest=model.weights_digest,
        preprocessing=asdict(model.preprocessing),
        layers=evidence.layers,
        readout=evidence.readout,
        pooling=spec.pooling,
        precision=extraction.precision,
        device=evidence.device,
        stimuli_digest=stimuli.digest,
        benchmark=benchmark.name,
        benchmark_version=benchmark.version,
        metric={"name": benchmark.metric.name, **asdict(benchmark.metric)},
        seed=benchmark.metric.seed,
        code_version=code_version(),
        libraries=_library_versions(),
    )
    return RunResult(score, receipt, seconds)


def examine_part(
    metric: EncodingMetric, assembly: ResponseAssembly, layer: LayerGram, targets: slice
) -> LayerCorrelations:
    """Examine one layer on some of the targets, as `run` does on all of them; the same bits (encoding/layers.py)."""
    with threadpool_limits(limits=1):
        return metric.correlations(layer, metric.responses(assembly)[:, targets], metric.fold_of(assembly))


def _score(metric: Metric, content: Any, assembly: Any, examine: Examine | None) -> Score:
    if isinstance(metric, EncodingMetric):
        return metric.score(content, assembly, examine=examine)
    return metric.score(content, assembly)


@cache
def _library_versions() -> Mapping[str, str]:
    return {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()}


@cache
def code_version() -> str:
    """The package's version and the digest of its scoring code and tables: a change of either is a new version.

    The catalogue of models is not part of it: an entry is in the digest of its spec, and a new one changes no score.
    """
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for part in SCORING_CODE:
        # The tables beside the code decide numbers, too: which ImageNet classes are a category, which files a study is.
        found = [root / part] if part.endswith(".py") else (root / part).rglob("*")
        for file in sorted(each for each in found if each.suffix in {".py", ".csv"}):
            digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return f"{version('brainrank')}+{digest.hexdigest()[:12]}"
