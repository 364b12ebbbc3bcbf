"""Images on their way to a device and rows on their way back, while it computes."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

import torch

from brainrank.benchmark.activations.decoding import images_ahead

ITEM = 4  # bytes of a float32
IN_FLIGHT = 2
"""How many batches are between upload and receipt: one that computes, and one whose rows are copied and received."""

# Takes a layer's name, the number of the first image of the batch, and the batch's rows on the CPU, which are theirs no
# longer once it returns.
Receive = Callable[[str, int, torch.Tensor], None]


@runtime_checkable
class Transfer(Protocol):
    """How images get to the device that computes, and rows to where they are received; batch after batch."""

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device."""

    def take(self, layer: str, start: int, rows: torch.Tensor) -> None:
        """Take rows of the batch at hand; what follows in the network may work in place on their memory."""

    def passed(self, end: int) -> Iterator[int]:
        """The batch at hand has passed, up to this image; yield the ends of those batches that were received by now."""

    def forget(self) -> None:
        """The batch at hand has failed: its rows are not received."""

    def finish(self) -> Iterator[int]:
        """Receive what is under way, and yield the ends of its batches."""


class AtOnce:
    """On the CPU there is no way to go."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images, laid out as the network wants them."""
        return images.to(memory_format=memory_format)

    def take(self, layer: str, start: int, rows: torch.Tensor) -> None:
        """Have the rows received."""
        self._receive(layer, start, rows.float().contiguous())

    def passed(self, end: int) -> Iterator[int]:
        """It was received."""
        yield end

    def forget(self) -> None:
        """What was received of it will be received again, in the same place."""

    def finish(self) -> Iterator[int]:
        """Nothing is under way."""
        yield from ()


@runtime_checkable
class Link(Protocol):
    """Copies between a device and this machine's memory; each begins behind what the device was given to do before."""

    def buffer(self, items: int) -> torch.Tensor:
        """Memory of so many float32 that the device copies into by itself."""

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device; what computes with them waits for them there."""

    def download(self, rows: torch.Tensor, into: torch.Tensor) -> None:
        """Begin to copy rows as they are now, as float32."""

    def mark(self) -> Callable[[], object]:
        """Something to call that waits until all that the device was given to do so far has ended, and downloads."""


class CudaLink:
    """Copies to and from a GPU, each way in a stream of its own, beside the one that computes."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._up, self._down = (torch.cuda.Stream(device) for _ in range(2))  # type: ignore[no-untyped-call]

    def buffer(self, items: int) -> torch.Tensor:
        """Pinned memory."""
        return torch.empty(items, dtype=torch.float32, pin_memory=True)

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """From pinned memory; what computes next waits for it."""
        computing = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._up):
            moved = images.to(self._device, memory_format=memory_format, non_blocking=True)
        computing.wait_stream(self._up)
        moved.record_stream(computing)
        return moved

    def download(self, rows: torch.Tensor, into: torch.Tensor) -> None:
        """From a copy on the GPU, which is made before anything that computes next can change the rows."""
        leaving = rows.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
        self._down.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._down):
            into.copy_(leaving, non_blocking=True)
        leaving.record_stream(self._down)

    def mark(self) -> Callable[[], object]:
        """An event, at which a thread sleeps: its processor is the decoders'."""
        arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        self._down.wait_stream(torch.cuda.current_stream(self._device))
        arrived.record(self._down)
        return arrived.synchronize


class SameMemory:
    """The CPU as a device of its own, whose features stay where they are: what it is given to do has ended at once."""

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images, laid out as the network wants them."""
        return images.to(memory_format=memory_format)

    def mark(self) -> Callable[[], object]:
        """Nothing is waited for."""
        return lambda: None


class _Arriving(NamedTuple):
    layer: str
    start: int
    rows: torch.Tensor


class _Flight(NamedTuple):
    arriving: tuple[_Arriving, ...]
    end: int
    wait: Callable[[], object]


class Overlapping:
    """Rows come back and are received while the device computes the next batch.

    Batches take turns at IN_FLIGHT buffers, so that one is written into only once what it held was received.
    """

    def __init__(self, link: Link, features: Mapping[str, int], receive: Receive) -> None:
        self._link, self._features, self._receive = link, features, receive
        self._buffers, self._turn = list[Mapping[str, torch.Tensor]](), 0
        self._pending, self._flights = list[_Arriving](), deque[_Flight]()

    def upload(self, images: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
        """The images on the device."""
        if not self._buffers:  # no batch is larger than the first
            self._buffers += [self._buffer(len(images)) for _ in range(IN_FLIGHT)]
        return self._link.upload(images, memory_format)

    def take(self, layer: str, start: int, rows: torch.Tensor) -> None:
        """Begin to copy the rows."""
        into = self._buffers[self._turn][layer][: len(rows)]
        self._link.download(rows, into)
        self._pending.append(_Arriving(layer, start, into))

    def passed(self, end: int) -> Iterator[int]:
        """Receive the batch before this one, whose buffers the next will take."""
        self._flights.append(_Flight(tuple(self._pending), end, self._link.mark()))
        self._pending.clear()
        self._turn = (self._turn + 1) % IN_FLIGHT
        while len(self._flights) >= IN_FLIGHT:
            yield self._land()

    def forget(self) -> None:
        """Its copies may go on into buffers that are its turn's: what is copied there later comes behind them."""
        self._pending.clear()

    def finish(self) -> Iterator[int]:
        """Receive all that is under way."""
        while self._flights:
            yield self._land()

    def _land(self) -> int:
        flight = self._flights.popleft()
        flight.wait()
        for each in flight.arriving:
            self._receive(*each)
        return flight.end

    def _buffer(self, n_images: int) -> Mapping[str, torch.Tensor]:
        """A place for the rows of every layer, in one piece of memory."""
        whole, used, places = self._link.buffer(n_images * sum(self._features.values())), 0, {}
        for layer, count in self._features.items():
            places[layer] = whole[used : used + n_images * count].view(n_images, count)
            used += n_images * count
        return places


def transfer_for(device: torch.device, features: Mapping[str, int], receive: Receive) -> Transfer:
    """How images and rows of layers (name -> number of features) travel to and from a device."""
    return AtOnce(receive) if device.type == "cpu" else Overlapping(CudaLink(device), features, receive)


def transit_bytes(batch_size: int, *, features: int, image_items: int, threads: int) -> int:
    """What images and rows on their way to and from a GPU take in memory, for a batch of so many images.

    Rows in IN_FLIGHT buffers; images in as many pinned batches and one that is being filled, and those decoded ahead.
    torch takes pinned memory by powers of two.
    """
    rows = IN_FLIGHT * _power_of_two(batch_size * features * ITEM)
    images = (IN_FLIGHT + 1) * _power_of_two(batch_size * image_items * ITEM)
    return rows + images + images_ahead(batch_size, threads=threads) * image_items * ITEM


def _power_of_two(size: int) -> int:
    return 1 << (size - 1).bit_length()
