"""A network's layers: the outputs of its blocks, and what every module puts out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError

CONTAINERS = (nn.Sequential, nn.ModuleList)
# The attributes under which transformers and staged networks keep their blocks.
BLOCKS = ("blocks", "resblocks", "layers", "layer")
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish)


class LayerOutput(NamedTuple):
    """What a module puts out for one image; `shape` is None, with the reason, where it is not one tensor."""

    name: str
    kind: str
    shape: tuple[int, ...] | None
    reason: str

    @property
    def n_features(self) -> int | None:
        """The number of features, flattened."""
        return None if self.shape is None else torch.Size(self.shape).numel()


def block_outputs(network: nn.Module, size: tuple[int, int], *, stages: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of the network's blocks whose output is one tensor, in the order in which they run.

    `stages` are where to look, as timm's `feature_info` names them; without it, the whole network. A stage that is a
    sequence of blocks gives each of them. Raises ModelLoadError when none is found.
    """
    modules = dict(network.named_modules())
    starts = list(dict.fromkeys(_sequence_of(stage, modules) for stage in stages if stage in modules))
    names = [name for start in starts for name in _blocks(modules[start], start)] if starts else _in_whole(network)
    usable = {output.name for output in layer_outputs(network, size) if output.shape is not None}
    found = tuple(name for name in dict.fromkeys(names) if name in usable)
    if not found:
        raise ModelLoadError(f"{type(network).__name__} has no blocks that can be told apart; name its layers")
    return found


def _sequence_of(stage: str, modules: Mapping[str, nn.Module]) -> str:
    """The sequence that a composite stage belongs to (timm lists only those before a change of resolution)."""
    parent, _, place = stage.rpartition(".")
    belongs = place.isdigit() and any(modules[stage].children()) and isinstance(modules[parent], CONTAINERS)
    return parent if belongs else stage


def _in_whole(network: nn.Module) -> list[str]:
    names = []
    for name, child in network.named_children():
        if _is_plain(child):
            activations = [f"{name}.{k}" for k, layer in child.named_children() if isinstance(layer, ACTIVATIONS)]
            is_readout = any(isinstance(layer, nn.Linear) for layer in child.children())
            names += activations or ([] if is_readout else [name])
        elif any(child.children()):
            names += _blocks(child, name)
    return names


def _blocks(module: nn.Module, name: str) -> list[str]:
    """The blocks inside `module`, or its own name when it is one."""
    if not isinstance(module, CONTAINERS):
        inside = _sequence_inside(module)
        return [name] if inside is None else _blocks(module.get_submodule(inside), f"{name}.{inside}")
    if _is_plain(module):
        return [name]
    return [
        block
        for key, child in module.named_children()
        if any(child.children())
        for block in _blocks(child, f"{name}.{key}")
    ]


def _sequence_inside(module: nn.Module) -> str | None:
    """The child that is a sequence of alike blocks, as stages and transformers have one; blocks themselves have not."""
    for key, child in module.named_children():
        if key in BLOCKS and isinstance(child, CONTAINERS):
            alike = len({type(block) for block in child}) == 1 and all(any(block.children()) for block in child)
            return key if alike else None
    return None


def _is_plain(module: nn.Module) -> bool:
    """Whether it is a sequence of single layers, such as a downsampling step or AlexNet's features."""
    return isinstance(module, CONTAINERS) and not any(any(child.children()) for child in module.children())


def layer_outputs(network: nn.Module, size: tuple[int, int]) -> list[LayerOutput]:
    """Every module's output for one image of that size, in the order in which they run; those that never run, last.

    The network stays where it is, the meta device included, on which nothing is computed.
    """
    outputs: dict[str, list[object]] = {name: [] for name, _ in network.named_modules() if name}
    device = next((tensor.device for tensor in network.state_dict().values()), torch.device("cpu"))
    training = network.training
    order: dict[str, None] = {}

    def record(name: str, output: object) -> None:
        outputs[name].append(tuple(output.shape[1:]) if isinstance(output, torch.Tensor) else type(output).__name__)
        order[name] = None

    with _hooked(network, record), torch.inference_mode():
        network.eval()(torch.zeros(1, 3, *size, device=device))
    network.train(training)
    kinds = {name: type(module).__name__ for name, module in network.named_modules()}
    names = [*order, *(name for name in outputs if name not in order)]
    return [_layer_output(name, kinds[name], outputs[name]) for name in names]


@contextmanager
def _hooked(network: nn.Module, record: Callable[[str, object], None]) -> Iterator[None]:
    def hook(_module: nn.Module, _inputs: object, output: object, *, name: str) -> None:
        record(name, output)

    named: Mapping[str, nn.Module] = {name: module for name, module in network.named_modules() if name}
    handles = [module.register_forward_hook(partial(hook, name=name)) for name, module in named.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layer_output(name: str, kind: str, found: list[object]) -> LayerOutput:
    if not found:
        return LayerOutput(name, kind, None, "never runs")
    if len(found) > 1:
        return LayerOutput(name, kind, None, f"runs {len(found)} times")
    (only,) = found
    if isinstance(only, tuple):
        return LayerOutput(name, kind, only, "")
    return LayerOutput(name, kind, None, f"puts out {only}, not a tensor")
