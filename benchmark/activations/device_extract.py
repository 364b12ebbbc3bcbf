"""Gram matrices of all layers on the device that passes the images: no features leave it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, nullcontext
from typing import Protocol, runtime_checkable

import torch

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.device_gram import Blocks, DeviceFeatures, DeviceGram, DeviceLayer
from brainrank.benchmark.activations.device_memory import Passed, passed
from brainrank.benchmark.activations.device_plan import ITEM, Sizes, plan_blocks
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.probe import Probe
from brainrank.benchmark.activations.transfer import IN_FLIGHT, CudaLink, SameMemory
from brainrank.benchmark.statistics.centred_gram import FLOAT64_STIMULI
from brainrank.benchmark.types.activations import Extraction, LayerGram
from brainrank.benchmark.types.reporter import Reporter


def grams_on_device(
    forward: ForwardPass,
    probed: Probe,
    *,
    reporter: Reporter,
    extraction: Extraction,
    batch_size: BatchSize,
    device_bytes: int,
) -> Iterator[LayerGram] | None:
    """Every layer's Gram matrix, made on the device within `device_bytes`; None where that holds not one block.

    All passes are over when this returns. Errors as of `extract`, but that features that are not finite raise none:
    their row sums are NaN.
    """
    while (taken := passed(forward, probed, size=batch_size.value, precision=extraction.precision)) is None:
        batch_size.halve()
    row_types = _row_types(taken, len(forward.stimuli), extraction.precision)
    sizes = sizes_of(forward, probed, row_types)
    plan = plan_blocks(
        sizes,
        batch_size=batch_size.value,
        pass_bytes=taken.n_bytes,
        device_bytes=device_bytes,
        host_bytes=extraction.memory_bytes,
        transit=lambda size: forward.transit_bytes({}, size),
    )
    if plan is None:
        return None
    batch_size.at_most(plan.batch_size)
    try:
        staying = {
            layer: _layer(sizes, count, plan.blocks, row_types[layer], forward.device, extraction.precision)
            for layer, count in sizes.features.items()
        }
    except torch.OutOfMemoryError:  # another process has taken what was free
        return None
    for done, total in _turns(forward, probed, staying, plan.blocks, batch_size, extraction.precision):
        reporter.progress("extracting", done, total)
    return (staying.pop(each.label).whole(each.label) for each in probed.layers)


def _row_types(taken: Passed, n_stimuli: int, precision: str) -> Mapping[str, torch.dtype]:
    """Rows are held as they come where they come in bfloat16 that was asked for, for many stimuli; else as float32."""
    rounded = precision == "bf16" and n_stimuli > FLOAT64_STIMULI
    return {
        layer: torch.bfloat16 if rounded and found == torch.bfloat16 else torch.float32
        for layer, found in taken.row_types.items()
    }


def sizes_of(forward: ForwardPass, probed: Probe, row_types: Mapping[str, torch.dtype]) -> Sizes:
    """What these layers want of a device, their rows of these types."""
    features, n_stimuli = {each.label: probed.n_features[each.label] for each in probed.layers}, len(forward.stimuli)
    rows = sum(count * row_types[layer].itemsize for layer, count in features.items() if count >= n_stimuli)
    return Sizes(features, n_stimuli, rows, forward.image_items * ITEM)


def _layer(
    sizes: Sizes, n_features: int, blocks: Blocks, row_type: torch.dtype, device: torch.device, precision: str
) -> DeviceLayer:
    if not sizes.is_wide(n_features):
        return DeviceFeatures(sizes.n_stimuli, n_features, device=device)
    return DeviceGram(sizes.n_stimuli, n_features, blocks=blocks, device=device, precision=precision, row_type=row_type)


def _turns(
    forward: ForwardPass,
    probed: Probe,
    staying: Mapping[str, DeviceLayer],
    blocks: Blocks,
    batch_size: BatchSize,
    precision: str,
) -> Iterator[tuple[int, int]]:
    """Pass the stimuli, from each block on, forward; yield how many passed in all turns so far, of how many."""
    n_stimuli, done = len(forward.stimuli), 0
    firsts = range(0, n_stimuli, blocks.held)
    total = sum(n_stimuli - first for first in firsts)
    link = CudaLink(forward.device) if forward.device.type == "cuda" else SameMemory()
    transfer = Staying(link, staying, keep_from=blocks.held)
    for first in firsts:
        with nullcontext(transfer.begin(first)) if first else closing(forward.batches(batch_size)) as images:
            passing = forward.pass_on(images, probed, precision=precision, batch_size=batch_size, transfer=transfer)
            for count in passing:
                yield done + count, total
        done += n_stimuli - first


@runtime_checkable
class Uploading(Protocol):
    """The way to a device: what of a Link is needed where nothing comes back."""

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device."""

    def mark(self) -> Callable[[], object]:
        """Something to call that waits until all that the device was given to do so far has ended."""


class Staying:
    """A Transfer whose rows stay on the device, and so do the images of stimuli from `keep_from` on, for later turns.

    Batches in flight are bounded: else the host would decode, and pin memory, as far ahead as it likes.
    """

    def __init__(self, link: Uploading, layers: Mapping[str, DeviceLayer], *, keep_from: int) -> None:
        self._link, self._layers, self._keep_from, self._first = link, layers, keep_from, 0
        self._images, self._end, self._kept = torch.empty(0), 0, list[tuple[int, torch.Tensor]]()
        self._flights = deque[tuple[int, Callable[[], object]]]()

    def begin(self, first: int) -> Iterable[torch.Tensor]:
        """The turn of the block from this stimulus on: its images, and those of all later ones."""
        self._first, self._end = first, first
        self._kept = [(start, images) for start, images in self._kept if start >= first]
        for layer in self._layers.values():
            layer.begin(first)
        return [images for _, images in self._kept]

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device."""
        self._images = self._link.upload(images, memory_format)
        return self._images

    def take(self, layer: str, start: int, rows: torch.Tensor) -> None:
        """Have the layer take them."""
        self._layers[layer].take(self._first + start, rows)

    def passed(self, end: int) -> Iterator[int]:
        """Have what is whole multiplied, and wait for the batch before this one."""
        start, self._end = self._end, self._first + end
        if self._first == 0 and start >= self._keep_from:
            self._kept.append((start, self._images))
        for layer in self._layers.values():
            layer.passed(self._end)
        self._flights.append((end, self._link.mark()))
        while len(self._flights) >= IN_FLIGHT:
            yield self._land()

    def forget(self) -> None:
        """What was taken of it will be taken again, in the same place."""
        self._images = torch.empty(0)

    def finish(self) -> Iterator[int]:
        """Wait for all that is under way."""
        while self._flights:
            yield self._land()

    def _land(self) -> int:
        end, wait = self._flights.popleft()
        wait()
        return end
