"""The single scoring path: the command line and the worker both call `run`, and nothing else computes a score."""

import hashlib
import platform
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from brainrank.benchmark.activations.obtain import Obtained, Source, obtain
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.catalogue import find_dataset
from brainrank.models_zoo.load import find_source, resolve
from brainrank.models_zoo.resolved import ResolvedModel

LIBRARIES = ("numpy", "scipy", "torch", "timm", "pillow")


class RunResult(NamedTuple):
    """A score and the receipt it can be had from again."""

    score: Score
    receipt: Receipt


def run(
    spec: ModelSpec,
    benchmark: Benchmark,
    *,
    locations: Locations,
    device: str,
    reporter: Reporter,
    extraction: Extraction = DEFAULT_EXTRACTION,
) -> RunResult:
    """Score one model on one benchmark.

    Raises BrainrankError, whose message says what to do, when data or weights cannot be had, the weights do not fit, a
    layer does not exist, or something cannot be written.
    """
    data = find_dataset(benchmark.dataset).load(locations, reporter)
    model = resolve(spec, locations, reporter)
    stimuli = data.stimuli[benchmark.region]
    activations = _activations(
        spec, model, stimuli, locations=locations, device=device, extraction=extraction, reporter=reporter
    )
    reporter.progress("scoring", 0, 1)
    # One thread: the last bits of a score then do not depend on how many processors there are or how busy they are, and
    # products this small wait longer for a second thread than they gain by it (docs/decisions/one-thread-per-score.md).
    with threadpool_limits(limits=1):
        score = benchmark.metric.score(activations.layers, data.assemblies[benchmark.region])
    reporter.progress("scoring", 1, 1)
    receipt = Receipt(
        model=spec.name,
        source=spec.source,
        verified=find_source(spec).verified,
        spec_digest=spec.digest,
        weights_digest=model.weights_digest,
        preprocessing=asdict(model.preprocessing),
        layers=tuple(each.layer for each in activations.layers),
        pooling=spec.pooling,
        precision=extraction.precision,
        device=activations.device,
        stimuli_digest=stimuli.digest,
        benchmark=benchmark.name,
        benchmark_version=benchmark.version,
        metric={"name": benchmark.metric.name, **asdict(benchmark.metric)},
        seed=benchmark.metric.seed,
        code_version=code_version(),
        libraries={name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    )
    return RunResult(score, receipt)


def _activations(
    spec: ModelSpec,
    model: ResolvedModel,
    stimuli: StimulusSet,
    *,
    locations: Locations,
    device: str,
    extraction: Extraction,
    reporter: Reporter,
) -> Obtained:
    """Take the layers from the model's recorded features, or from the store or a forward pass."""
    if model.features is not None:
        from brainrank.benchmark.activations.gram import layer_gram

        recorded = model.features(stimuli.ids)
        return Obtained([layer_gram(name, np.asarray(rows, np.float32)) for name, rows in recorded.items()], "recorded")
    source = Source(
        name=spec.name,
        weights_digest=model.weights_digest,
        preprocessing=model.preprocessing,
        layers=model.layers,
        pooling=spec.pooling,
        build=model.build,
    )
    return obtain(source, stimuli, home=locations.activations, device=device, extraction=extraction, reporter=reporter)


@cache
def code_version() -> str:
    """The package's version and the digest of its scoring code, so that a change of code is a change of version."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ("benchmark", "datasets", "models_zoo"):
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return f"{version('brainrank')}+{digest.hexdigest()[:12]}"
