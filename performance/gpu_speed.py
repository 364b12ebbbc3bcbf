"""Images a second from files to Gram matrices on a device, beside decoding alone and the bare forward pass."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import NamedTuple

import timm
import torch

from brainrank.benchmark.activations.batch_size import START
from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.decoding import batches
from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import GIB, PRECISIONS, Extraction
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from performance.decoding import photographs

BARE_PASSES, WARM_UP = 12, 2
SIDE, FILES = 425, 64


class Extent(NamedTuple):
    """What is measured: networks and their layers, and how many images pass where layers are pooled and where not."""

    networks: dict[str, tuple[str, ...]]
    pooled: int
    whole: int
    memory_bytes: int
    network_side: int


LARGE = Extent({"resnet50": ("layer?.?",), "vit_base_patch16_224": ("blocks.?", "blocks.??")}, 4096, 512, 24 * GIB, 224)
SMALL = Extent({"test_resnet": ("layer?.?",), "test_vit": ("blocks.?",)}, 128, 64, GIB, 160)

HEAD = (
    "| network | precision | pooling | images | bare | decoded alone | ours | of bare | of the slower of the two |",
    "|---|---|---|---|---|---|---|---|---|",
)


def throughput(folder: Path, device: str, extent: Extent) -> Iterator[str]:
    """A line for each network, precision and pooling; rates are images a second."""
    files = photographs(folder, SIDE, FILES)
    preprocessing = Preprocessing(size=(extent.network_side, extent.network_side))
    decoded = _decoded(_stimuli(files, extent.pooled), preprocessing, device)
    for name, layers in extent.networks.items():
        torch.manual_seed(0)
        network = timm.create_model(name).eval().to(device, memory_format=torch.channels_last)
        for precision in PRECISIONS:
            bare = _bare(network, precision, device, extent.network_side)
            for pooling, images in (("mean", extent.pooled), ("flatten", extent.whole)):
                forward = ForwardPass(
                    network,
                    _stimuli(files, images),
                    layers=layers,
                    preprocessing=preprocessing,
                    pooling=pooling,
                    device=torch.device(device),
                )
                ours = _extracted(forward, Extraction(precision=precision, memory_bytes=extent.memory_bytes))
                yield (
                    f"| {name} | {precision} | {pooling} | {images:,} | {bare:,.0f} | {decoded:,.0f} | {ours:,.0f} "
                    f"| {ours / bare:.2f} | {ours / min(bare, decoded):.2f} |"
                )


def _stimuli(files: Sequence[Path], number: int) -> StimulusSet:
    """So many images, which are the files over and over."""
    stimuli = (Stimulus(f"image{each}", files[each % len(files)], f"{each:064d}") for each in range(number))
    return StimulusSet("many", tuple(stimuli))


def _decoded(stimuli: StimulusSet, preprocessing: Preprocessing, device: str) -> float:
    """Images a second that are there to be passed on: read, decoded, prepared and stacked (pinned, for a GPU)."""
    started = time.perf_counter()
    for _ in batches(stimuli, preprocessing, batch_size=START[device], device=torch.device(device)):
        pass
    return len(stimuli) / (time.perf_counter() - started)


def _bare(network: torch.nn.Module, precision: str, device: str, side: int) -> float:
    """Images a second of the whole forward pass on a batch that lies in the device's memory; of passes the median."""
    images = torch.randn(START[device], 3, side, side, device=device).to(memory_format=torch.channels_last)
    found = []
    with computing(torch.device(device), precision):
        for _ in range(BARE_PASSES):
            _wait(device)
            started = time.perf_counter()
            network(images)
            _wait(device)
            found.append(time.perf_counter() - started)
    return len(images) / median(found[WARM_UP:])


def _wait(device: str) -> None:
    with torch.cuda.device(device) if device == "cuda" else nullcontext():
        if device == "cuda":
            torch.cuda.synchronize()


def _extracted(forward: ForwardPass, extraction: Extraction) -> float:
    """Images a second from files to the Gram matrices of all layers."""
    with tempfile.TemporaryDirectory() as spill:
        started = time.perf_counter()
        for _ in extract(forward, reporter=Silent(), extraction=extraction, spill_folder=Path(spill)):
            pass
        return len(forward.stimuli) / (time.perf_counter() - started)
