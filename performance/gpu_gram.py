"""Gram matrices made on the device against those made on the CPU, in one block and in turns; what precision does."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.computing import check_precision, computing
from brainrank.benchmark.activations.device_extract import grams_on_device, sizes_of
from brainrank.benchmark.activations.device_gram import Blocks, DeviceGram
from brainrank.benchmark.activations.device_memory import passed
from brainrank.benchmark.activations.device_plan import GROUP
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.types.activations import PRECISIONS, Extraction, LayerGram
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.reporter import Silent
from performance.gpu_study import ENCODING, RSA, Study

# Of the length of the centred rows: how far products of random features may be apart.
MOST = {"float32": 1e-6, "tf32": 1e-4, "bf16": 1e-3}
BATCH, STIMULI = 16, 600


class Apart(NamedTuple):
    """What was compared, how far apart it was, and how far it may be."""

    what: str
    apart: float
    most: float


def matrices_agree(device: str, n_features: int) -> Iterator[Apart]:
    """Of random features above 0, with a mean of 0 or 100: the device's products against the CPU's."""
    for offset in (0, 100):
        features = np.random.default_rng(0).standard_normal((STIMULI, n_features), dtype=np.float32)
        features = np.maximum(features, 0) + np.float32(offset)
        expected = layer_gram("layer", features)
        for precision in available(device):
            for blocks in (Blocks(STIMULI, 0), Blocks(14 * BATCH, 2 * BATCH)):
                found = _made(features, blocks, device, precision)
                turns = "one block" if blocks.held == STIMULI else f"turns of {blocks.held} stimuli"
                told = f"{STIMULI} x {n_features:,} features about {offset}, {precision}, {turns}"
                yield Apart(told, _rows_apart(found, expected), MOST[precision])


def available(device: str) -> Sequence[str]:
    """The precisions that the device has."""
    return [each for each in PRECISIONS if _has(device, each)]


def in_turns(forward: ForwardPass, held: int) -> list[LayerGram]:
    """Every layer's Gram matrix, with memory for so many images' features and no more."""
    probed, size = forward.look(in_order=False), BatchSize(BATCH)
    taken = passed(forward, probed, size=BATCH, precision="float32")
    if taken is None:
        raise MemoryError(f"{BATCH} images do not fit")
    sizes = sizes_of(forward, probed, dict.fromkeys(taken.row_types, torch.float32))
    found = grams_on_device(
        forward,
        probed,
        reporter=Silent(),
        extraction=Extraction(),
        batch_size=size,
        device_bytes=taken.n_bytes + sizes.needed(held, GROUP * BATCH),
    )
    if found is None or size.value != BATCH:
        raise MemoryError(f"{held} images' features do not fit where they should")
    return list(found)


HEAD = ("| network | benchmark | precision | score | largest difference of a layer |", "|---|---|---|---|---|")


def precision_in_scores(study: Study, device: str, models: Sequence[str]) -> Iterator[str]:
    """Scores with each precision that the device has, beside those with float32."""
    for name in models:
        for benchmark in (RSA, ENCODING):
            curves: list[NDArray[np.float64]] = []
            for precision in available(device):
                found = study.score(name, benchmark, device, precision=precision).score
                curves.append(np.array([float(each.value) for each in found.layer_curve]))
                apart = np.abs(curves[-1] - curves[0]).max()
                yield f"| {name} | {benchmark} | {precision} | {found.value:.5f} | {apart:.1e} |"


def _has(device: str, precision: str) -> bool:
    try:
        check_precision(torch.device(device), precision)
    except UserError:
        return False
    return True


def _made(features: NDArray[np.float32], blocks: Blocks, device: str, precision: str) -> LayerGram:
    there = torch.device(device)
    made = DeviceGram(*features.shape, blocks=blocks, device=there, precision=precision)
    with computing(there, precision):
        for first in range(0, len(features), blocks.held):
            made.begin(first)
            for start in range(first, len(features), BATCH):
                rows = torch.from_numpy(features[start : start + BATCH])
                made.take(start, rows.to(there))
                made.passed(start + len(rows))
    return made.whole("layer")


def _rows_apart(one: LayerGram, other: LayerGram) -> float:
    lengths = np.sqrt(np.diag(other.gram))
    return float((np.abs(one.gram - other.gram) / (lengths[:, None] * lengths)).max())
