"""What a device's memory has left, what a batch takes of it as it passes a network, and how large a batch may be."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import torch

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.budget import halved
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.probe import Probe

TRIED = 8
"""Images of the first batch that is measured."""
SHARE = 4
"""A batch takes a fourth of the memory at most: features want the rest, and a card is filled by less."""
MARGIN = 10
"""A tenth of a card is left for what torch cuts its memory into, for libraries and for other processes."""


class Passed(NamedTuple):
    """What a batch takes in the device's memory as it passes, and of which type the rows of each layer are."""

    n_bytes: int
    row_types: Mapping[str, torch.dtype]


def free_bytes(device: torch.device) -> int:
    """What this process may still take of the card's memory, less a margin."""
    free, total = torch.cuda.mem_get_info(device)
    reserved, allocated = torch.cuda.memory_reserved(device), torch.cuda.memory_allocated(device)
    # By its number, or none for the card at work: this one function takes no device without a number.
    allowed = int(total * torch.cuda.get_per_process_memory_fraction(device.index)) - allocated
    return min(free + reserved - allocated, allowed) - total // MARGIN


def passed(forward: ForwardPass, probed: Probe, *, size: int, precision: str) -> Passed | None:
    """Pass the first image, so many times over, forward; None where the device does not hold that.

    Raises ActivationsError where it does not hold one image.
    """
    on_card, notes, batch_size = forward.device.type == "cuda", _Noting(forward.device), BatchSize(size)
    images = forward.first_image().expand(size, -1, -1, -1)
    before = torch.cuda.memory_allocated(forward.device) if on_card else 0
    if on_card:
        torch.cuda.reset_peak_memory_stats(forward.device)
    for _ in forward.pass_on([images], probed, precision=precision, batch_size=batch_size, transfer=notes):
        pass
    if batch_size.value < size:
        return None
    peak = torch.cuda.max_memory_allocated(forward.device) if on_card else 0
    return Passed(peak - before, notes.row_types)


def find_batch_size(forward: ForwardPass, probed: Probe, batch_size: BatchSize, *, precision: str) -> None:
    """On a card, settle on the largest batch that fits unless it is known; the CPU has a size of its own."""
    if forward.device.type == "cpu" or batch_size.is_found:
        return

    def needed(size: int) -> int | None:
        found = passed(forward, probed, size=size, precision=precision)
        return None if found is None else found.n_bytes

    batch_size.settle(largest_batch(needed, most=batch_size.value, device_bytes=free_bytes(forward.device)))


def largest_batch(needed: Callable[[int], int | None], *, most: int, device_bytes: int) -> int:
    """The largest of `most`, its half, ... that takes no more than its share of the memory, and passes; else a few.

    `needed` passes so many images and says what they took; None where they did not fit. A few images say how many
    should; that many are then passed.
    """
    few, taken = min(TRIED, most), needed(min(TRIED, most))
    while taken is None and few > 1:
        few, most = few // 2, few // 2
        taken = needed(few)
    share = device_bytes // SHARE * few // max(taken or 0, 1)
    fitting = (size for size in halved(most) if few < size <= share)
    return next((size for size in fitting if needed(size) is not None), few)


class _Noting:
    """Rows go nowhere; their types are noted."""

    def __init__(self, device: torch.device) -> None:
        self._device, self.row_types = device, dict[str, torch.dtype]()

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device."""
        return images.to(self._device, memory_format=memory_format)

    def take(self, layer: str, _start: int, rows: torch.Tensor) -> None:
        """Note the type."""
        self.row_types[layer] = rows.dtype

    def passed(self, end: int) -> Iterator[int]:
        """Nothing is under way."""
        yield end

    def forget(self) -> None:
        """What was noted is right nevertheless."""

    def finish(self) -> Iterator[int]:
        """Nothing is under way."""
        yield from ()
