"""The single scoring path: the command line and the worker both call `run`, and nothing else computes a score."""

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.catalogue import find_dataset
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.resolved import ResolvedModel

PRECISION = "float32"
LIBRARIES = ("numpy", "scipy", "torch", "timm", "pillow")


class RunResult(NamedTuple):
    """A score and the receipt it can be had from again."""

    score: Score
    receipt: Receipt


def run(spec: ModelSpec, benchmark: Benchmark, *, locations: Locations, device: str, reporter: Reporter) -> RunResult:
    """Score one model on one benchmark.

    Raises BrainrankError, whose message says what to do, when data or weights cannot be had, the weights do not fit, a
    layer does not exist, or something cannot be written.
    """
    data = find_dataset(benchmark.dataset).load(locations, reporter)
    model = resolve(spec, locations, reporter)
    stimuli = data.stimuli[benchmark.region]
    activations = _activations(spec, model, stimuli, locations=locations, device=device, reporter=reporter)
    reporter.progress("scoring", 0, 1)
    # One thread: the last bits of a score then do not depend on how many processors there are or how busy they are, and
    # products this small wait longer for a second thread than they gain by it (docs/decisions/one-thread-per-score.md).
    with threadpool_limits(limits=1):
        score = benchmark.metric.score(activations.layers, data.assemblies[benchmark.region])
    reporter.progress("scoring", 1, 1)
    receipt = Receipt(
        model=spec.name,
        source=spec.source,
        spec_digest=spec.digest,
        weights_digest=model.weights_digest,
        preprocessing=asdict(model.preprocessing),
        layers=model.layers,
        pooling=spec.pooling,
        precision=PRECISION,
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


class _Extracted(NamedTuple):
    layers: Sequence[LayerGram]
    device: str


def _activations(
    spec: ModelSpec,
    model: ResolvedModel,
    stimuli: StimulusSet,
    *,
    locations: Locations,
    device: str,
    reporter: Reporter,
) -> _Extracted:
    """Take the layers from the store; when one is missing, one forward pass makes and stores them all."""
    from brainrank.benchmark.activations.extract import choose_device, extract

    chosen = choose_device(device)
    store = ActivationStore(locations.activations)
    keys = {
        layer: store_key(
            weights_digest=model.weights_digest,
            preprocessing=model.preprocessing,
            layer=layer,
            pooling=spec.pooling,
            precision=f"{PRECISION} on {chosen.type}",
            stimuli_digest=stimuli.digest,
        )
        for layer in model.layers
    }
    stored = [store.get(key) for key in keys.values()]
    found = [layer for layer in stored if layer is not None]
    if len(found) < len(keys):
        reporter.message(f"Running {spec.name} on {len(stimuli)} images of {stimuli.name} on {chosen.type}")
        found = list(
            extract(
                model.build(),
                stimuli,
                layers=model.layers,
                preprocessing=model.preprocessing,
                pooling=spec.pooling,
                device=chosen,
                reporter=reporter,
            )
        )
        for layer in found:
            store.put(keys[layer.layer], layer)
    return _Extracted(found, chosen.type)


@cache
def code_version() -> str:
    """The package's version and the digest of its scoring code, so that a change of code is a change of version."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ("benchmark", "datasets", "models_zoo"):
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return f"{version('brainrank')}+{digest.hexdigest()[:12]}"
