"""Scores computed on a device against those of NumPy on the CPU, and what they take: encoding and RSA."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS
from brainrank.benchmark.metrics.rdms.stimulus_influence import SimilarityInfluence, similarity_influence
from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.layers import layer_correlations
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.metrics.regression.ridge import HeldOut, ridge
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.scoring.scoring_device import scoring_on
from brainrank.benchmark.statistics.arrays import beside, host, onto
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import StimulusFolds

R, RHO, FOLDS, LAYERS, PENALTIES = 1e-4, 1e-5, 5, 16, np.logspace(-1, 7, 33)


class Shape(NamedTuple):
    """How many stimuli, features and targets."""

    stimuli: int
    features: int
    targets: int

    def __str__(self) -> str:
        return " x ".join(f"{each:,}" for each in self)


class Extent(NamedTuple):
    """What is compared (narrow, then wide), and measured: ridge, a whole study; RDMs of how many stimuli."""

    compared: tuple[Shape, Shape]
    ridge: Shape
    study: Shape
    rdms: int


LARGE = Extent(
    (Shape(1500, 200, 500), Shape(1500, 3000, 500)), Shape(2600, 6000, 2000), Shape(10_000, 12_000, 15_000), 2500
)
SMALL = Extent((Shape(150, 20, 30), Shape(150, 400, 30)), Shape(200, 300, 50), Shape(300, 400, 60), 80)


class Data(NamedTuple):
    """Features and responses that depend on some of them, in float32."""

    features: NDArray[np.float32]
    responses: NDArray[np.float32]


def made(shape: Shape) -> Data:
    """From a seed; a third of a target's variance is explained."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((shape.stimuli, shape.features), dtype=np.float32)
    signal = features[:, :20] @ rng.standard_normal((20, shape.targets), dtype=np.float32)
    noise = rng.standard_normal((shape.stimuli, shape.targets), dtype=np.float32)
    return Data(features, signal + np.float32(40**0.5) * noise)


def scores_agree(device: str, extent: Extent) -> Iterator[tuple[str, float, float]]:
    """What is compared, how far apart r is from NumPy's, and how far it may be; then the same twice, to the bit."""
    there = torch.device(device)
    for shape in extent.compared:
        data = made(shape)
        layer, n_pairs = layer_gram("made", data.features), shape.stimuli // 2
        single = np.arange(shape.stimuli)
        for what, units in (("stimuli", single), ("pairs", np.minimum(single // 2, n_pairs - 1))):
            rng = np.random.default_rng(1)
            fold_of = assign_folds(shape.stimuli, folds=FOLDS, rng=rng, groups=None if what == "stimuli" else units)
            folds = StimulusFolds(fold_of, units)
            for selection in SELECTIONS:
                examine = partial(_r, layer, data.responses, folds, selection)
                here, once, twice = examine(None), examine(there), examine(there)
                label = f"encoding, {shape}, {what}, {selection}"
                yield f"{label}: r", float(np.nanmax(np.abs(here - once))), R
                yield f"{label}: twice", float(not np.array_equal(once, twice, equal_nan=True)), 0.0


def _r(
    layer: LayerGram, responses: NDArray[np.float32], folds: StimulusFolds, selection: str, device: Any
) -> NDArray[np.float64]:
    with threadpool_limits(limits=1), scoring_on(device):
        (found,) = layer_correlations([layer], responses, folds, selection=selection)
    return found.all_folds


def rdms_agree(device: str, stimuli: int) -> Iterator[tuple[str, float, float]]:
    """What is compared, how far rho, and on draws, is from NumPy's, and how far it may be; then the same twice."""
    for comparator in OF_PAIRS:
        compare = partial(_compared, stimuli, comparator)
        here, once, twice = compare(None), compare(torch.device(device)), compare(torch.device(device))
        label = f"RSA, {stimuli:,} stimuli, {comparator}"
        yield f"{label}: rho", float(np.abs(here.values - once.values).max()), RHO
        draws = np.random.default_rng(0).integers(0, 3, (20, stimuli))
        yield f"{label}: rho on draws", float(np.abs(here.on_draws(draws) - once.on_draws(draws)).max()), RHO
        same = all(np.array_equal(one, other) for one, other in zip(once, twice, strict=True))
        yield f"{label}: twice", float(not same), 0.0


def _compared(stimuli: int, comparator: Comparator, device: Any) -> SimilarityInfluence:
    rng = np.random.default_rng(0)
    base = rng.random(stimuli * (stimuli - 1) // 2)
    models, subjects = np.round(99 * (base + rng.random((2, 1)) * base)), base + rng.random((2, len(base)))
    with threadpool_limits(limits=1), scoring_on(device):
        return similarity_influence(models, subjects, np.arange(stimuli), comparator)


def rdms_speed(device: str, stimuli: int) -> Iterator[str]:
    """Two RDMs with two others, on the CPU and on the device."""
    for comparator in (Comparator.RHO_A, Comparator.CORR):
        for by, there in (("CPU", None), ("device", torch.device(device))):
            seconds, _ = _best(partial(_compared, stimuli, comparator, there), repeats=1)
            yield f"| RSA, {stimuli:,} stimuli, 2 x 2, {comparator} | brainrank, {by} | {seconds:.2f} | |"


SPEED = ("| work | by | s | median r |", "|---|---|---|---|")


def ridge_speed(device: str, extent: Extent) -> Iterator[str]:
    """Ridge of five folds, penalties chosen in each: ours on the CPU and the device, himalaya's on the device."""
    data, there = made(extent.ridge), torch.device(device)
    fold_of = assign_folds(extent.ridge.stimuli, folds=FOLDS, rng=np.random.default_rng(1))
    line = f"| {extent.ridge}, {FOLDS} folds, {len(PENALTIES)} penalties | {{}} | {{:.2f}} | {{:.5f}} |"
    ours: dict[str, Callable[[], Any]] = {}
    for name in ("loo", "cv"):
        given = {"fold_of": fold_of, "penalties": PENALTIES, "selection": Selection(name)}
        ours |= {
            f"brainrank {name}, CPU": partial(ridge, *data, **given),
            f"brainrank {name}, device": partial(_ridge_there, data, there, given),
        }
    for by, call in ours.items():
        seconds, found = _best(call, repeats=1 if by.endswith("CPU") else 3)
        yield line.format(by, seconds, _median(found.predictions, data.responses, fold_of))
    if device == "cpu" or find_spec("himalaya") is None:
        yield f"| {extent.ridge} | himalaya | not tried: no card, or himalaya is not installed | |"
        return
    seconds, predictions, batches = min(_peers(data, fold_of), key=lambda each: each[0])
    by = f"himalaya KernelRidgeCV, torch_cuda, {batches}"
    yield line.format(by, seconds, _median(predictions, data.responses, fold_of))


def _ridge_there(data: Data, device: Any, given: dict[str, Any]) -> HeldOut:
    with scoring_on(device):
        return ridge(*(onto(each, device) for each in data), **given)


def _peers(data: Data, fold_of: NDArray[np.int64]) -> Iterator[tuple[float, NDArray[Any], str]]:
    """Seconds and predictions of himalaya, by how many penalties it takes at once: the best of them counts."""
    import_module("himalaya.backend").set_backend("torch_cuda")
    kernel_ridge = import_module("himalaya.kernel_ridge")
    for at_once in (1, 4, len(PENALTIES)):
        settings = {"n_alphas_batch": at_once, "n_targets_batch": None}

        def fit(settings: dict[str, Any] = settings) -> NDArray[Any]:
            x, y = (onto(each, torch.device("cuda")) for each in data)
            predicted = torch.empty_like(y)
            for train, test in fold_splits(fold_of):
                means = x[train].mean(dim=0), y[train].mean(dim=0)
                model = kernel_ridge.KernelRidgeCV(alphas=PENALTIES, cv=FOLDS - 1, solver_params=settings, warn=False)
                model.fit(x[train] - means[0], y[train] - means[1])
                predicted[test] = model.predict(x[test] - means[0]) + means[1]
            return host(predicted)

        yield *_best(fit, repeats=3), f"{at_once} penalties at once"


def _best(call: Callable[[], Any], *, repeats: int) -> tuple[float, Any]:
    found, seconds = None, []
    for _ in range(repeats + (repeats > 1)):  # where it is repeated, the first time only warms up
        started = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - started)
    return min(seconds), found


def _median(predictions: NDArray[Any], responses: NDArray[Any], fold_of: NDArray[np.int64]) -> float:
    return float(np.nanmedian(target_scores(predictions, responses, fold_of=fold_of).r))


def study_speed(device: str, extent: Extent, *, until: float) -> Iterator[str]:
    """A study's encoding with its interval, of as many of sixteen layers as there is time for."""
    there, shape = torch.device(device), extent.study
    gram, responses = _study_there(shape, there)
    layers = [_layer(f"layer {number}", gram, shape.features) for number in range(LAYERS)]
    measured = ResponseAssembly(
        "made", tuple(map(str, range(shape.stimuli))), tuple(map(str, range(shape.targets))), responses[:, None]
    )
    metric = EncodingMetric(folds=FOLDS)

    def score(number: int) -> float:
        started = time.perf_counter()
        with threadpool_limits(limits=1), scoring_on(there):
            metric.score(layers[:number], measured)
        return time.perf_counter() - started

    alone = score(1)
    number = int(min(LAYERS, max(2, (until - time.monotonic()) / alone - 1)))
    several = score(number)
    each = (several - alone) / number
    yield f"| {shape}, one layer: chosen, interval | brainrank, device | {alone:.1f} | |"
    yield f"| {shape}, {number} layers | brainrank, device | {several:.1f} | |"
    yield f"| {shape}, {LAYERS} layers | brainrank, device, by these two | {alone + LAYERS * each:.1f} | |"


def _study_there(shape: Shape, device: Any) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The Gram matrix of random features, and responses to them, made on the device."""
    torch.manual_seed(0)
    features = torch.randn(shape.stimuli, shape.features, device=device)
    features -= features.mean(dim=0)
    signal = features[:, :20] @ torch.randn(20, shape.targets, device=device)
    responses = signal + 40**0.5 * torch.randn(shape.stimuli, shape.targets, device=device)
    gram = beside(np.zeros((shape.stimuli, shape.stimuli)), features)
    for start in range(0, shape.features, 2048):
        block = features[:, start : start + 2048].double()
        gram += block @ block.T
    return host(gram), host(responses)


def _layer(name: str, gram: NDArray[np.float64], n_features: int) -> LayerGram:
    nothing = np.zeros(len(gram))
    return LayerGram(name, gram, nothing, nothing, np.diag(gram), np.diag(gram), 0.0, n_features)
