"""Passing images forward: a first look at one image, then batch after batch up to the last wanted layer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.layers import WantedLayer
from brainrank.benchmark.activations.pooling import OutputLayout, layout_of, pooled
from brainrank.benchmark.activations.repeatable import TwoPasses, batch_axis, check_repeatable
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.types.activations import PRECISIONS, ActivationsError
from brainrank.benchmark.types.errors import UnknownNameError

# Takes a layer's name, the number of the first image of the batch, and the batch's rows on the CPU.
Receive = Callable[[str, int, torch.Tensor], None]


class Probe(NamedTuple):
    """What a look at a network shows: the wanted layers in order, their sizes, and how their outputs lie in memory.

    `channels_behind` and `batch_axes` are settled here once for each layer: were they judged batch by batch, the order
    of the features could differ between stimuli.
    """

    wanted: tuple[WantedLayer, ...]
    n_features: Mapping[str, int]
    channels_behind: Mapping[str, bool]
    batch_axes: Mapping[str, int]
    layout: OutputLayout
    last_module: str
    memory_format: torch.memory_format

    def rows(self, layer: WantedLayer, output: torch.Tensor) -> torch.Tensor:
        """The layer's features, (batch, features)."""
        return pooled(
            output.movedim(self.batch_axes[layer.label], 0),
            layer.pooling,
            layout=self.layout,
            layer=layer.label,
            channels_behind=self.channels_behind[layer.label],
        )


def probe(
    network: nn.Module, image: torch.Tensor, wanted: Sequence[WantedLayer], *, device: torch.device, in_order: bool
) -> Probe:
    """Pass one image (1, 3, height, width) forward to the end, alone and in company, in channels-last if it can be.

    Layers come back in the order asked, those of one glob in the order of the pass. With `in_order`, flattened features
    keep the order of the output's axes. Raises ActivationsError for a network that cannot take the image, for a layer
    that does not run exactly once, has no row for each image, or depends on chance or on the images beside one.
    """
    seen = list[dict[str, torch.Tensor]]()

    def look(layer: WantedLayer, output: torch.Tensor) -> None:
        # What follows in the network may work in place on this very memory.
        seen[-1][layer.label] = output.clone()

    # Another image, whatever the first one is, and the first one again.
    company = torch.cat([image, image.flip(-1) / 2 + 0.25, image])
    with Taps(network, wanted, look) as taps, computing(device, "float32"):
        for memory_format in (torch.channels_last, torch.contiguous_format):
            network.to(memory_format=memory_format)
            seen.clear()
            try:
                for images in (image, company):
                    seen.append({})
                    order = taps.run(images.to(device, memory_format=memory_format))
                break
            except torch.OutOfMemoryError:
                raise
            except (RuntimeError, ValueError, TypeError) as error:
                # A network that views its maps as rows cannot do so with channels-last ones.
                if "view size is not compatible" not in str(error) or memory_format is torch.contiguous_format:
                    raise _failed(error, len(seen[-1]), images) from error
    outputs = {label: TwoPasses(alone, seen[1][label]) for label, alone in seen[0].items()}
    probed = Probe(
        tuple(sorted(wanted, key=lambda each: (each.asked, order.index(each.module)))),
        {},
        {label: not in_order and one.ndim == 4 and not one.is_contiguous() for label, one in seen[0].items()},
        {label: batch_axis(label, both) for label, both in outputs.items()},
        layout_of(network),
        order[-1],
        memory_format,
    )
    rows = {each.label: TwoPasses(*(probed.rows(each, one) for one in outputs[each.label])) for each in wanted}
    for label, both in rows.items():
        check_repeatable(label, both)
    return probed._replace(n_features={label: both.alone.shape[1] for label, both in rows.items()})


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

    def take(layer: WantedLayer, output: torch.Tensor) -> None:
        rows = probed.rows(layer, output)
        if device.type == "cpu":
            # At once: what follows in the network may work in place on this very memory.
            receive(layer.label, start, rows.float().contiguous())
        else:
            waiting = torch.empty(rows.shape, dtype=torch.float32, pin_memory=True)
            pending.append((layer.label, start, waiting.copy_(rows, non_blocking=True)))

    with Taps(network, probed.wanted, take, last=probed.last_module) as taps, computing(device, precision):
        for batch in batches:
            end = start + len(batch)
            while start < end:
                piece = batch[len(batch) - (end - start) :][: batch_size.value]
                if not _fits(taps, piece, device=device, memory_format=probed.memory_format):
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


@contextmanager
def computing(device: torch.device, precision: str) -> Iterator[None]:
    """Compute without gradients, in plain float32 (no TF32) or with bfloat16 products, the same way every time.

    Raises UnknownNameError for another precision.
    """
    if precision not in PRECISIONS:
        raise UnknownNameError("precision", precision, PRECISIONS)
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            stack.enter_context(
                torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
            )
        stack.enter_context(torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"))
        yield


def _failed(error: Exception, n_layers: int, images: torch.Tensor) -> ActivationsError:
    """The error of a network that cannot take an image, or not several, in a line."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    shape = tuple(images.shape)
    return ActivationsError(
        f"The network failed on float32 images of shape {shape}, behind {n_layers} of the wanted layers: {line}. It must "
        "take a batch of any size of them; check its input's channels and size, and that it is in float32"
    )


def _fits(taps: Taps, images: torch.Tensor, *, device: torch.device, memory_format: torch.memory_format) -> bool:
    """Pass the images forward; False when memory ran out."""
    try:
        taps.run(images.to(device, memory_format=memory_format, non_blocking=True))
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
