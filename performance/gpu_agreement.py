"""Whether a device comes to what the CPU does: features, Gram matrices, RDMs and scores, in a cell and without."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.extract import extract, features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.scoring.run import RunResult
from brainrank.benchmark.types.activations import Extraction, LayerGram
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from performance import gpu_gram
from performance.gpu_study import ENCODING, RSA, Study

# How far a device may be from the CPU: of a layer's largest number for features and Gram matrices, else as they are.
FEATURES, GRAM, RDM, RHO, R = 1e-4, 1e-4, 1e-4, 1e-5, 1e-4
BF16 = 0.1
SMALL_BATCH, TIGHT, HELD = 4, 64 * 2**20, 32


class Agreement(NamedTuple):
    """What was compared, how far apart it was, and how far it may be."""

    what: str
    apart: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether it is near enough; a difference that is no number is not."""
        return self.apart <= self.most


class Stages(nn.Module):
    """Convolutions that end in place on what was taken; more than `most` images are too many for its memory."""

    def __init__(self, most: int = 10**9) -> None:
        super().__init__()
        self.stages, self.most = (
            nn.ModuleList([nn.Conv2d(3, 32, 5, 2), nn.Conv2d(32, 32, 3), nn.Conv2d(32, 16, 3)]),
            most,
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """All stages, one after the other."""
        for stage in self.stages:
            images = torch.relu_(stage(images))
            if len(images) > self.most:
                raise torch.OutOfMemoryError("more images than there is memory for, as this network was told")
        return images


def network(name: str) -> nn.Module:
    """A small network with weights from a seed."""
    torch.manual_seed(0)
    return Stages() if name == "convolutions in place" else timm.create_model(name)


NETWORKS = {
    "convolutions in place": ("stages.*", "stages.0:mean"),
    "test_resnet": ("layer?.?", "layer?.?:mean"),
    "test_vit": ("blocks.?", "blocks.?:cls", "blocks.?:mean"),
}


def forward(study: Study, made: nn.Module, layers: Sequence[str], device: str) -> ForwardPass:
    """The study's images through a network."""
    return ForwardPass(
        made,
        study.stimuli,
        layers=layers,
        preprocessing=Preprocessing(size=(160, 160)),
        pooling="flatten",
        device=torch.device(device),
    )


def grams(study: Study, made: nn.Module, layers: Sequence[str], device: str, **options: object) -> list[LayerGram]:
    """Every layer's Gram matrix."""
    with tempfile.TemporaryDirectory() as spill:
        passed = forward(study, made, layers, device)
        return list(extract(passed, reporter=Silent(), spill_folder=Path(spill), **options))  # type: ignore[arg-type]


def activations_agree(study: Study, device: str, features_of_matrices: int) -> Iterator[Agreement]:
    """Features, Gram matrices and RDMs of the small networks; then what must not change a bit, or hardly."""
    for name, layers in NETWORKS.items():
        here, there = (
            [each.values for each in features(forward(study, network(name), layers, each), reporter=Silent())]
            for each in ("cpu", device)
        )
        yield Agreement(f"{name}: features", _share_apart(here, there), FEATURES)
        on_cpu, once, twice = (grams(study, network(name), layers, each) for each in ("cpu", device, device))
        yield Agreement(f"{name}: Gram matrices", _grams_apart(on_cpu, once), GRAM)
        yield Agreement(f"{name}: Gram matrices, twice", _grams_apart(once, twice), 0.0)
        rdms = [[rdm_from_gram(each, Dissimilarity.CORRELATION) for each in made] for made in (on_cpu, once)]
        yield Agreement(f"{name}: RDMs", max(float(np.abs(a - b).max()) for a, b in zip(*rdms, strict=True)), RDM)
        rounded = grams(study, network(name), layers, device, extraction=Extraction(precision="bf16"))
        yield Agreement(f"{name}: Gram matrices in bf16", _grams_apart(on_cpu, rounded), BF16)
        tight = grams(study, network(name), layers, device, extraction=Extraction(memory_bytes=TIGHT))
        yield Agreement(f"{name}: Gram matrices in {TIGHT // 2**20} MiB", _grams_apart(once, tight), GRAM)
        turned = gpu_gram.in_turns(forward(study, network(name), layers, device), HELD)
        yield Agreement(f"{name}: Gram matrices in turns of {HELD} images", _grams_apart(on_cpu, turned), GRAM)
    for found in gpu_gram.matrices_agree(device, features_of_matrices):
        yield Agreement(*found)
    layers, size = NETWORKS["convolutions in place"], BatchSize(4 * SMALL_BATCH)
    torch.manual_seed(0)
    halved = grams(study, Stages(SMALL_BATCH), layers, device, batch_size=size)
    expected = grams(study, network("convolutions in place"), layers, device, batch_size=BatchSize(SMALL_BATCH))
    yield Agreement("batches halved when memory runs out", _grams_apart(expected, halved), GRAM)
    yield Agreement("images in a batch then, of those that fit", abs(size.value - SMALL_BATCH), 0.0)


def _share_apart(one: Sequence[NDArray[np.floating]], other: Sequence[NDArray[np.floating]]) -> float:
    """The largest difference, as a share of the largest number of its array."""
    return max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in zip(one, other, strict=True))


def _grams_apart(one: Sequence[LayerGram], other: Sequence[LayerGram]) -> float:
    return _share_apart([each.gram for each in one], [each.gram for each in other])


class Scored(NamedTuple):
    """A line of the table of scores, and what it says of agreement."""

    line: str
    agreements: tuple[Agreement, ...]


HEAD = (
    "| network | benchmark | CPU | device | in a cell | CPU s | device s | first in a cell s | next s |",
    "|---|---|---|---|---|---|---|---|---|",
)


def scores_agree(study: Study, device: str, models: Sequence[str]) -> Iterator[Scored]:
    """Scores on the CPU, on the device twice, and in a cell on the device."""
    cell = study.cell(device)
    for name in models:
        for benchmark, most in ((RSA, RHO), (ENCODING, R)):
            here, here_s = _timed(lambda n=name, b=benchmark: study.score(n, b, "cpu"))
            study.score(name, benchmark, device)
            once, once_s = _timed(lambda n=name, b=benchmark: study.score(n, b, device))
            twice, twice_s = _timed(lambda n=name, b=benchmark: study.score(n, b, device))
            cell.leave()
            inside = study.inside(cell, benchmark)
            within = [_timed(lambda n=name, b=benchmark, i=inside: study.score(n, b, device, i)) for _ in range(2)]
            label = f"{name} on {benchmark}"
            yield Scored(
                f"| {name} | {benchmark} | {here.score.value:.5f} | {once.score.value:.5f} "
                f"| {within[1][0].score.value:.5f} | {here_s:.2f} | {min(once_s, twice_s):.2f} | {within[0][1]:.2f} "
                f"| {within[1][1]:.2f} |",
                (
                    Agreement(f"{label}: every layer", _curves_apart(here, once), most),
                    Agreement(f"{label}: twice", float(_bits(once) != _bits(twice)), 0.0),
                    Agreement(f"{label}: in a cell", float({_bits(each) for each, _ in within} != {_bits(once)}), 0.0),
                ),
            )
    cell.close()


def _curves_apart(one: RunResult, other: RunResult) -> float:
    curves = [{each.layer: float(each.value) for each in found.score.layer_curve} for found in (one, other)]
    return max(abs(value - curves[1][layer]) for layer, value in curves[0].items())


def _bits(result: RunResult) -> str:
    """Everything of a score that must be the same to the last bit."""
    score = result.score
    return json.dumps([score.value.hex(), [[each.layer, float(each.value).hex()] for each in score.layer_curve]])


def _timed(task: Callable[[], RunResult]) -> tuple[RunResult, float]:
    started = time.perf_counter()
    return task(), time.perf_counter() - started


def memory_is_bounded(study: Study) -> list[str]:
    """A network that wants more of the GPU than it may have fails by itself, and the next one is scored."""
    cell, large = study.cell("cuda", gpu_fraction=0.004), "vit_large_patch16_384"
    try:
        found = study.score(large, RSA, "cuda", study.inside(cell, RSA))
        lines = [f"{large} with .4 % of the GPU's memory was scored: {found.score.value:.5f}."]
    except BrainrankError as error:
        lines = [f"{large} with .4 % of the GPU's memory: {type(error).__name__}: {error}"]
    cell.leave()
    after = study.score("test_resnet", RSA, "cuda", study.inside(cell, RSA))
    cell.close()
    return [*lines, "", f"The next model in that cell, test_resnet, was scored: {after.score.value:.5f}."]
