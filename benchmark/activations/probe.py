"""A first look at a network: one image alone, and in company."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.layers import WantedLayer
from brainrank.benchmark.activations.pooling import OutputLayout, layout_of, pooled
from brainrank.benchmark.activations.repeatable import TwoPasses, batch_axis, check_repeatable
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import first_line


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


class _Look(NamedTuple):
    """What the wanted layers put out, and the modules in the order in which they ran."""

    outputs: Mapping[str, torch.Tensor]
    order: tuple[str, ...]


class _ViewError(Exception):
    """The network views its maps as rows, which channels-last ones do not allow."""


def probe(
    network: nn.Module, image: torch.Tensor, wanted: Sequence[WantedLayer], *, device: torch.device, in_order: bool
) -> Probe:
    """Pass one image (1, 3, height, width) forward to the end, alone and in company, in channels-last if it can be.

    Layers come back in the order asked, those of one glob in the order of the pass. With `in_order`, flattened features
    keep the order of the output's axes. Raises ActivationsError for a network that cannot take the image, for a layer
    that does not run exactly once, has no row for each image, or depends on chance or on the images beside one.
    """
    image = image.to(device)
    try:
        memory_format = torch.channels_last
        looks = _looks(network, wanted, image, memory_format)
    except _ViewError:
        memory_format = torch.contiguous_format
        looks = _looks(network, wanted, image, memory_format)
    alone, order = looks[0]
    outputs = {label: TwoPasses(one, looks[1].outputs[label]) for label, one in alone.items()}
    probed = Probe(
        tuple(sorted(wanted, key=lambda each: (each.asked, order.index(each.module)))),
        {},
        {label: not in_order and one.ndim == 4 and not one.is_contiguous() for label, one in alone.items()},
        {label: batch_axis(label, both) for label, both in outputs.items()},
        layout_of(network),
        order[-1],
        memory_format,
    )
    rows = {each.label: TwoPasses(*(probed.rows(each, one) for one in outputs[each.label])) for each in wanted}
    for label, both in rows.items():
        check_repeatable(label, both)
    return probed._replace(n_features={label: both.alone.shape[1] for label, both in rows.items()})


def _looks(
    network: nn.Module, wanted: Sequence[WantedLayer], image: torch.Tensor, memory_format: torch.memory_format
) -> tuple[_Look, _Look]:
    """The image alone, to the end, and as the first and last of three, to the last wanted layer."""
    network.to(memory_format=memory_format)
    # The other image is another one whatever the first is.
    company = torch.cat([image, image.flip(-1) / 2 + 0.25, image])
    alone = _look(network, wanted, image.to(memory_format=memory_format))
    return alone, _look(network, wanted, company.to(memory_format=memory_format), last=alone.order[-1])


def _look(network: nn.Module, wanted: Sequence[WantedLayer], images: torch.Tensor, *, last: str | None = None) -> _Look:
    """Pass images forward to the end, or to `last`. Raises _ViewError where the network needs contiguous ones."""
    seen = dict[str, torch.Tensor]()

    def look(layer: WantedLayer, output: torch.Tensor) -> None:
        # What follows in the network may work in place on this very memory.
        seen[layer.label] = output.clone()

    with Taps(network, wanted, look, last=last) as taps, computing(images.device, "float32"):
        try:
            return _Look(seen, taps.run(images))
        except torch.OutOfMemoryError as error:
            raise ActivationsError(
                f"The memory of the {images.device.type} does not hold a forward pass of {len(images)} images, by "
                "which a network is examined first; use another device or a smaller model"
            ) from error
        except (RuntimeError, ValueError, TypeError) as error:
            # A network that views its maps as rows cannot do so with channels-last ones.
            if "view size is not compatible" in str(error) and not images.is_contiguous():
                raise _ViewError from error
            raise _failed(error, len(seen), images) from error


def _failed(error: Exception, n_layers: int, images: torch.Tensor) -> ActivationsError:
    """The error of a network that cannot take an image, or not several, in a line."""
    shape = tuple(images.shape)
    return ActivationsError(
        f"The network failed on float32 images of shape {shape}, behind {n_layers} of the wanted layers: "
        f"{first_line(error)}. It must take a batch of any size of them; check its input's channels and size, and that "
        "it is in float32"
    )
