"""Passing images forward, batch after batch, up to the last wanted layer."""

from collections.abc import Iterable, Iterator

import torch
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.layers import Call, RecordedLayer
from brainrank.benchmark.activations.probe import Probe, check_order, part_of
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.activations.transfer import Transfer
from brainrank.benchmark.types.activations import ActivationsError


def forward_pass(
    network: nn.Module,
    batches: Iterable[torch.Tensor],
    probed: Probe,
    *,
    device: torch.device,
    precision: str,
    batch_size: BatchSize,
    transfer: Transfer,
) -> Iterator[int]:
    """Pass every batch forward, hand over each layer's rows, and yield the number of images done so far.

    Beside a GPU the rows of a batch are received while the next one computes. When memory runs out the batch is passed
    in halves, and all that follow. Raises ActivationsError when it runs out with a single image.
    """
    start = 0

    def take(call: Call, output: object) -> None:
        for layer in by_call.get(call, ()):
            transfer.take(layer.label, start, probed.rows(layer, part_of(output, layer)))

    by_call: dict[Call, list[RecordedLayer]] = {}
    for each in probed.layers:
        by_call.setdefault(each.call, []).append(each)
    modules = {call.module for call in by_call}
    with Taps(network, modules, take, last=probed.order[-1]) as taps, computing(device, precision):
        for batch in batches:
            end = start + len(batch)
            while start < end:
                piece = batch[len(batch) - (end - start) :][: batch_size.value]
                if not _fits(taps, piece, probed, transfer):
                    transfer.forget()
                    yield from transfer.finish()
                    _shrink(batch_size, len(piece), device=device)
                    continue
                start += len(piece)
                yield from transfer.passed(start)
        yield from transfer.finish()


def _fits(taps: Taps, images: torch.Tensor, probed: Probe, transfer: Transfer) -> bool:
    """Pass the images forward; False when memory ran out. Raises ActivationsError when other modules ran."""
    try:
        check_order(taps.run(transfer.upload(images, probed.memory_format)), probed.order)
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
