"""A first look at a network: one image alone, and in company."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.activations.computing import computing
from brainrank.benchmark.activations.layers import Call, RecordedLayer, WantedLayer, recorded_layers
from brainrank.benchmark.activations.pooling import OutputLayout, layout_of, pooled
from brainrank.benchmark.activations.repeatable import TwoPasses, batch_axis, check_repeatable
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import BrainrankError, first_line
from brainrank.benchmark.types.outputs import kind_of, parts


class Probe(NamedTuple):
    """What a look at a network shows: the layers in order, their sizes, and how their outputs lie in memory.

    `channels_behind` and `batch_axes` are settled here once for each layer: were they judged batch by batch, the order
    of the features could differ between stimuli. `order` are the calls of the layers' modules up to the last layer.
    """

    layers: tuple[RecordedLayer, ...]
    n_features: Mapping[str, int]
    channels_behind: Mapping[str, bool]
    batch_axes: Mapping[str, int]
    layout: OutputLayout
    order: tuple[Call, ...]
    memory_format: torch.memory_format

    def rows(self, layer: RecordedLayer, output: torch.Tensor) -> torch.Tensor:
        """The layer's features, (batch, features)."""
        return pooled(
            output.movedim(self.batch_axes[layer.label], 0),
            layer.pooling,
            layout=self.layout,
            layer=layer.label,
            channels_behind=self.channels_behind[layer.label],
        )


class _Look(NamedTuple):
    """What each call put out, by the keys that lead to it, in the order in which the calls ended."""

    outputs: Mapping[Call, Mapping[str, object]]

    @property
    def order(self) -> tuple[Call, ...]:
        return tuple(self.outputs)

    def tensor(self, layer: RecordedLayer) -> torch.Tensor:
        """The tensor that a layer is. Raises ActivationsError where there is none."""
        return _tensor(self.outputs[layer.call], layer)

    def kinds(self) -> dict[Call, dict[str, str]]:
        """Nothing for a tensor, else the name of its kind."""
        return {
            call: {part: "" if isinstance(each, torch.Tensor) else kind_of(each) for part, each in held.items()}
            for call, held in self.outputs.items()
        }


class _ViewError(Exception):
    """The network views its maps as rows, which channels-last ones do not allow."""


def part_of(output: object, layer: RecordedLayer) -> torch.Tensor:
    """The tensor that the layer is. Raises ActivationsError where there is none for these images."""
    return _tensor(dict(parts(output)), layer)


def _tensor(held: Mapping[str, object], layer: RecordedLayer) -> torch.Tensor:
    found = held.get(layer.part)
    if not isinstance(found, torch.Tensor):
        raise ActivationsError(f"Layer '{layer.label}' puts out a tensor for some images only; choose another layer")
    return found


def check_order(order: Sequence[Call], expected: Sequence[Call]) -> None:
    """Raise ActivationsError when other modules ran, or otherwise, than at the first look."""
    if tuple(order) != tuple(expected):
        told = next((each.module for each in expected if each not in order), expected[-1].module)
        raise ActivationsError(
            f"The network runs otherwise for some images or numbers of them than for the first ('{told}' in another "
            "place, or another number of times), so its layers are not one thing; choose layers that always run alike"
        )


def probe(
    network: nn.Module, image: torch.Tensor, wanted: Sequence[WantedLayer], *, device: torch.device, in_order: bool
) -> Probe:
    """Pass one image (1, channels, height, width) forward to the end, alone and in company, in channels-last if it can.

    Layers come back in the order asked, those of one glob in the order of the pass. With `in_order`, flattened features
    keep the order of the output's axes. Raises ActivationsError for a network that cannot take the image, for a layer
    that is not one tensor, has no row for each image, or depends on chance or on the images beside one.
    """
    image = image.to(device)
    try:
        probed, outputs = _probed(network, wanted, image, torch.channels_last, in_order=in_order)
    except _ViewError:
        probed, outputs = _probed(network, wanted, image, torch.contiguous_format, in_order=in_order)
    rows, axes = _rows(probed, outputs)
    for label, both in rows.items():
        check_repeatable(label, both)
    layers = tuple(each for each in probed.layers if each.label in rows)
    modules = {each.call.module for each in layers}
    return probed._replace(
        layers=layers,
        batch_axes=axes,
        n_features={label: both.alone.shape[1] for label, both in rows.items()},
        order=_up_to_last([call for call in probed.order if call.module in modules], layers),
    )


def _probed(
    network: nn.Module,
    wanted: Sequence[WantedLayer],
    image: torch.Tensor,
    memory_format: torch.memory_format,
    *,
    in_order: bool,
) -> tuple[Probe, dict[str, TwoPasses]]:
    """The image alone, to the end, and as the first and last of three, to the last layer that is wanted."""
    network.to(memory_format=memory_format)
    modules = {each.module for each in wanted}
    alone = _look(network, modules, image.to(memory_format=memory_format))
    layers = recorded_layers(wanted, alone.kinds())
    order = _up_to_last(alone.order, layers)
    # The other image is another one whatever the first is.
    company = torch.cat([image, image.flip(-1) / 2 + 0.25, image])
    beside = _look(network, modules, company.to(memory_format=memory_format), last=order[-1])
    check_order(beside.order, order)
    outputs = {each.label: TwoPasses(alone.tensor(each), beside.tensor(each)) for each in layers}
    behind = {
        label: not in_order and both.alone.ndim == 4 and not both.alone.is_contiguous()
        for label, both in outputs.items()
    }
    return Probe(layers, {}, behind, {}, layout_of(network), order, memory_format), outputs


def _up_to_last(order: Sequence[Call], layers: Sequence[RecordedLayer]) -> tuple[Call, ...]:
    """The calls up to the last one that a layer comes from."""
    return tuple(order[: max(order.index(each.call) for each in layers) + 1])


def _rows(probed: Probe, outputs: Mapping[str, TwoPasses]) -> tuple[dict[str, TwoPasses], dict[str, int]]:
    """Each layer's features in both passes, and the axis along which images lie in what it puts out.

    What a glob named beside layers is left out: what has no such axis, holds no numbers with a fraction (indices), or
    cannot be pooled so. Raises ActivationsError where a layer that was named is such, or all that a glob named are.
    """
    rows, axes, errors = dict[str, TwoPasses](), dict[str, int](), dict[int, ActivationsError]()
    probed = probed._replace(batch_axes=axes)
    for layer in probed.layers:
        both = outputs[layer.label]
        try:
            axes[layer.label] = _batch_axis(layer, both)
            rows[layer.label] = TwoPasses(*(probed.rows(layer, each) for each in both))
        except ActivationsError as error:
            if not layer.is_glob:
                raise
            errors.setdefault(layer.asked, error)
    left = {layer.asked for layer in probed.layers if layer.label in rows}
    for asked, refusal in errors.items():
        if asked not in left:
            raise refusal
    return rows, axes


def _batch_axis(layer: RecordedLayer, outputs: TwoPasses) -> int:
    if outputs.alone.is_complex() or (layer.is_glob and not outputs.alone.is_floating_point()):
        raise ActivationsError(
            f"Layer '{layer.label}' puts out {outputs.alone.dtype}, not real numbers with a fraction; choose others"
        )
    return batch_axis(layer.label, outputs)


def _look(network: nn.Module, modules: Collection[str], images: torch.Tensor, *, last: Call | None = None) -> _Look:
    """Pass images forward to the end, or to `last`. Raises _ViewError where the network needs contiguous ones."""
    seen = dict[Call, dict[str, object]]()

    def look(call: Call, output: object) -> None:
        # What follows in the network may work in place on this very memory.
        seen[call] = {part: each.clone() if isinstance(each, torch.Tensor) else each for part, each in parts(output)}

    with Taps(network, modules, look, last=last) as taps, computing(images.device, "float32"):
        try:
            taps.run(images)
        except torch.OutOfMemoryError as error:
            raise ActivationsError(
                f"The memory of the {images.device.type} does not hold a forward pass of {len(images)} images, by "
                "which a network is examined first; use another device or a smaller model"
            ) from error
        except BrainrankError:
            raise
        except Exception as error:  # a network of anybody's may raise anything
            # A network that views its maps as rows cannot do so with channels-last ones.
            if "view size is not compatible" in str(error) and not images.is_contiguous():
                raise _ViewError from error
            raise _failure(error, len(seen), images) from error
    return _Look(seen)


def _failure(error: Exception, n_layers: int, images: torch.Tensor) -> ActivationsError:
    """The error of a network that cannot take an image, or not several, in a line."""
    shape = tuple(images.shape)
    return ActivationsError(
        f"The network failed on float32 images of shape {shape}, behind {n_layers} of the wanted layers: "
        f"{first_line(error)}. It must take a batch of any size of them; check its input's channels and size, and that "
        "it is in float32"
    )
