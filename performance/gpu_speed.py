"""Images a second from files to Gram matrices on a device, beside decoding alone and the bare forward pass."""

import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

import timm
import torch

from brainrank.benchmark.activations.batch_size import START, BatchSize
from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.decoding import batches
from brainrank.benchmark.activations.device_memory import find_batch_size
from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import GIB, Extraction
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from performance.decoding import photographs
from performance.gpu_gram import available

BARE_PASSES, WARM_UP = 12, 2
SIDE, FILES = 425, 64


class Extent(NamedTuple):
    """What is measured: networks and their layers, and how many images pass where layers are pooled and where not."""

    networks: dict[str, tuple[str, ...]]
    pooled: int
    whole: int
    memory_bytes: int
    network_side: int


LARGE = Extent(
    {"resnet50": ("layer?.?",), "vit_base_patch16_224": ("blocks.?", "blocks.??")}, 4096, 5000, 24 * GIB, 224
)
SMALL = Extent({"test_resnet": ("layer?.?",), "test_vit": ("blocks.?",)}, 128, 64, GIB, 160)

HEAD = (
    "| network | precision | pooling | images | bare | at hand | of bare | from files | decoded |",
    "|---|---|---|---|---|---|---|---|---|",
)


class AtHand(ForwardPass):
    """Images are prepared, and pinned for a GPU, before they are asked for: the first batch, over and over."""

    def batches(self, batch_size: BatchSize) -> Generator[torch.Tensor]:
        """As many images as there are stimuli."""
        first = replace(self.stimuli, stimuli=self.stimuli.stimuli[: batch_size.value])
        (images,) = batches(first, self.preprocessing, batch_size=batch_size.value, device=self.device)
        for start in range(0, len(self.stimuli), len(images)):
            yield images[: len(self.stimuli) - start]


def throughput(folder: Path, device: str, extent: Extent, *, until: float) -> Iterator[str]:
    """A line for each network, precision and pooling; rates are images a second. None is begun after `until`."""
    files = photographs(folder, SIDE, FILES)
    preprocessing = Preprocessing(size=(extent.network_side, extent.network_side))
    decoded = _decoded(_stimuli(files, extent.pooled), preprocessing, device)
    for name, layers in extent.networks.items():
        torch.manual_seed(0)
        network = timm.create_model(name).eval().to(device, memory_format=torch.channels_last)
        for precision in reversed(available(device)):
            bare, extraction = _bare(network, precision, device, extent.network_side), _extraction(precision, extent)
            for pooling, images in (("flatten", extent.whole), ("mean", extent.pooled)):
                if time.monotonic() > until:
                    yield f"| {name} | {precision} | {pooling} | {images:,} | not measured for want of time | | | | |"
                    continue
                at_hand, from_files = (
                    _extracted(
                        kind(
                            network,
                            _stimuli(files, images),
                            layers=layers,
                            preprocessing=preprocessing,
                            pooling=pooling,
                            device=torch.device(device),
                        ),
                        extraction,
                    )
                    for kind in (AtHand, ForwardPass)
                )
                yield (
                    f"| {name} | {precision} | {pooling} | {images:,} | {bare:,.0f} | {at_hand:,.0f} "
                    f"| {at_hand / bare:.2f} | {from_files:,.0f} | {decoded:,.0f} |"
                )


def _extraction(precision: str, extent: Extent) -> Extraction:
    return Extraction(precision=precision, memory_bytes=extent.memory_bytes)


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
    """Images a second to the Gram matrices of all layers, with the batch size that was found before."""
    size = BatchSize(START[forward.device.type])
    find_batch_size(forward, forward.look(in_order=False), size, precision=extraction.precision)
    with tempfile.TemporaryDirectory() as spill:
        started = time.perf_counter()
        for _ in extract(forward, reporter=Silent(), extraction=extraction, spill_folder=Path(spill), batch_size=size):
            pass
        return len(forward.stimuli) / (time.perf_counter() - started)
