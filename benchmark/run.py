"""The single scoring path: the command line and the worker both call `run`, and nothing else computes a score."""

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from brainrank.benchmark.activations.obtain import Source, obtain
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.readouts.entry_level import choices, entry_level_probabilities, imagenet_indices
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction, LayerGram
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets.catalogue import find_dataset
from brainrank.datasets.readers.trials import read_trials
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
    assembly = data.assemblies[benchmark.region]
    evidence_of = _choices if isinstance(assembly, BehaviouralAssembly) else _activations
    evidence = evidence_of(
        spec, model, stimuli, locations=locations, device=device, extraction=extraction, reporter=reporter
    )
    reporter.progress("scoring", 0, 1)
    # One thread: the last bits of a score then do not depend on how many processors there are or how busy they are, and
    # products this small wait longer for a second thread than they gain by it (docs/decisions/one-thread-per-score.md).
    with threadpool_limits(limits=1):
        score = benchmark.metric.score(evidence.content, assembly)
    reporter.progress("scoring", 1, 1)
    receipt = Receipt(
        model=spec.name,
        source=spec.source,
        verified=find_source(spec).verified,
        spec_digest=spec.digest,
        weights_digest=model.weights_digest,
        preprocessing=asdict(model.preprocessing),
        layers=evidence.layers,
        pooling=spec.pooling,
        precision=extraction.precision,
        device=evidence.device,
        stimuli_digest=stimuli.digest,
        benchmark=benchmark.name,
        benchmark_version=benchmark.version,
        metric={"name": benchmark.metric.name, **asdict(benchmark.metric)},
        seed=benchmark.metric.seed,
        code_version=code_version(),
        libraries={name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    )
    return RunResult(score, receipt)


class _Evidence(NamedTuple):
    """What a metric scores, the layers it comes from, and the kind of device they were computed on."""

    content: Sequence[LayerGram] | Choices | None
    layers: tuple[str, ...]
    device: str


def _choices(
    spec: ModelSpec,
    model: ResolvedModel,
    stimuli: StimulusSet,
    *,
    locations: Locations,
    device: str,
    extraction: Extraction,
    reporter: Reporter,
) -> _Evidence:
    """The model's choices among the sixteen categories: recorded, or read from its ImageNet head; else None."""
    if model.trials is not None:
        recorded = read_trials([model.trials])
        if len(recorded.observers) > 1:
            raise InvalidDataError(
                f"{model.trials} holds trials of {', '.join(recorded.observers[:5])}; give those of one model"
            )
        stimulus_ids, categories = tuple(map(str, recorded.stimulus_id)), tuple(map(str, recorded.response))
        return _Evidence(Choices(stimulus_ids, categories, "recorded trials"), (), "recorded")
    if not model.imagenet_head:
        return _Evidence(None, (), device)
    from brainrank.benchmark.activations.extract import choose_device, features

    chosen = choose_device(device)
    reporter.message(f"Running {spec.name} on {len(stimuli)} images of {stimuli.name} on {chosen.type}")
    ((_, logits),) = features(
        model.build(),
        stimuli,
        layers=[model.imagenet_head],
        preprocessing=model.preprocessing,
        pooling="flatten",
        device=chosen,
        reporter=reporter,
        extraction=extraction,
        spill_folder=locations.activations / "spill",
    )
    names = tuple(imagenet_indices())
    categories = tuple(names[index] for index in choices(entry_level_probabilities(logits)))
    readout = f"ImageNet head {model.imagenet_head}"
    return _Evidence(Choices(stimuli.ids, categories, readout), (model.imagenet_head,), chosen.type)


def _activations(
    spec: ModelSpec,
    model: ResolvedModel,
    stimuli: StimulusSet,
    *,
    locations: Locations,
    device: str,
    extraction: Extraction,
    reporter: Reporter,
) -> _Evidence:
    """Take the layers from the model's recorded features, or from the store or a forward pass."""
    if model.trials is not None:
        model.build()
    if model.features is not None:
        from brainrank.benchmark.activations.gram import layer_gram

        recorded = model.features(stimuli.ids)
        grams = [layer_gram(name, np.asarray(rows, np.float32)) for name, rows in recorded.items()]
        return _Evidence(grams, tuple(recorded), "recorded")
    source = Source(
        name=spec.name,
        weights_digest=model.weights_digest,
        preprocessing=model.preprocessing,
        layers=model.layers,
        pooling=spec.pooling,
        build=model.build,
    )
    layers, chosen = obtain(
        source, stimuli, home=locations.activations, device=device, extraction=extraction, reporter=reporter
    )
    return _Evidence(layers, tuple(each.layer for each in layers), chosen)


@cache
def code_version() -> str:
    """The package's version and the digest of its scoring code and tables: a change of either is a new version."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in ("benchmark", "datasets", "models_zoo"):
        # The tables beside the code decide numbers, too: which ImageNet classes are a category, which files a study is.
        for file in sorted(each for each in (root / folder).rglob("*") if each.suffix in {".py", ".csv"}):
            digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return f"{version('brainrank')}+{digest.hexdigest()[:12]}"
