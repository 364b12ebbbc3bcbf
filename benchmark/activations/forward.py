"""Passing images forward, batch after batch, up to the last wanted layer."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.layers import Call, RecordedLayer
from brainrank.benchmark.activations.probe import Probe, check_order, part_of
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.types.activations import ActivationsError

# Takes a layer's name, the number of the first image of the batch, and the batch's rows on the CPU.
Receive = Callable[[str, int, torch.Tensor], None]


def forward_pass(
    network: nn.Module,
    batches: Iterable[torch.Tensor],
    probed: Probe,
    *,
    device: torch.device,
    precision: str,
    batch_size: BatchSize,
    receive: Receive,
) -> Iterator[int]:
    """Pass every batch forward, hand over each layer's rows, and yield the number of images done so far.

    When memory runs out the batch is passed in halves, and all that follow. Raises ActivationsError when it runs out
    with a single image.
    """
    start, pending = 0, list[tuple[str, int, torch.Tensor]]()

    def take(call: Call, output: object) -> None:
        for layer in by_call.get(call, ()):
            rows = probed.rows(layer, part_of(output, layer))
            if device.type == "cpu":
                # At once: what follows in the network may work in place on this very memory.
                receive(layer.label, start, rows.float().contiguous())
            else:
                waiting = torch.empty(rows.shape, dtype=torch.float32, pin_memory=True)
                pending.append((layer.label, start, waiting.copy_(rows, non_blocking=True)))

    by_call: dict[Call, list[RecordedLayer]] = {}
    for each in probed.layers:
        by_call.setdefault(each.call, []).append(each)
    modules = {call.module for call in by_call}
    with Taps(network, modules, take, last=probed.order[-1]) as taps, computing(device, precision):
        for batch in batches:
            end = start + len(batch)
            while start < end:
                piece = batch[len(batch) - (end - start) :][: batch_size.value]
                if not _fits(taps, piece, probed, device=device):
                    _shrink(batch_size, len(piece), device=device)
                    pending.clear()
                    continue
                if device.type == "cuda":
                    torch.cuda.synchronize(device)
                for arrived in pending:
                    receive(*arrived)
                pending.clear()
                start += len(piece)
                yield start


def _fits(taps: Taps, images: torch.Tensor, probed: Probe, *, device: torch.device) -> bool:
    """Pass the images forward; False when memory ran out. Raises ActivationsError when other modules ran."""
    try:
        check_order(taps.run(images.to(device, memory_format=probed.memory_format, non_blocking=True)), probed.order)
    except torch.OutOfMemoryError:
        return False
    except RuntimeError as error:
        if "DefaultCPUAllocator: can't allocate memory" not in str(error):
            raise
        return False
    return True


def _shrink(batch_size: BatchSize, tried: int, *, device: torch.device) -> None:
    if tried == 1:
        raise ActivationsError(
            f"The memory of the {device.type} does not hold a forward pass of one image; use another device "
            "or a smaller model"
        )
    while batch_size.value >= tried:
        batch_size.halve()
    if device.type == "cuda":
        torch.cuda.empty_cache()
