"""A network's layers: the outputs of its blocks, and what every module puts out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.outputs import KEY, kind_of, layer_name, output_name, parts

CONTAINERS = (nn.Sequential, nn.ModuleList)
# The attributes under which transformers and staged networks keep their blocks.
BLOCKS = ("blocks", "resblocks", "layers", "layer")
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish)


class LayerOutput(NamedTuple):
    """What a module puts out for one image; `shape` is None, with the reason, where it is no layer.

    `name` is what to ask for: a module that runs more than once has an output for each run (`relu#2`), one that puts
    out a tuple, dictionary or dataclass one for each tensor in it (`encoder:0`). `has_fractions` is False for what
    holds indices or truth values.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    reason: str
    module: str
    has_fractions: bool = True

    @property
    def n_features(self) -> int | None:
        """The number of features, flattened."""
        return None if self.shape is None else torch.Size(self.shape).numel()


def block_outputs(
    network: nn.Module, size: tuple[int, int], *, stages: Iterable[str] = (), channels: int = 3
) -> tuple[str, ...]:
    """The names of the network's blocks whose output is one tensor, each run of one that runs several times.

    `stages` are where to look, as timm's `feature_info` names them; without it, the whole network. A stage that is a
    sequence of blocks gives each of them. Where none can be told apart, they are what the blocks put out by key, else
    whatever modules put out. Raises ModelLoadError when nothing has a row for each image.
    """
    modules = dict(network.named_modules())
    starts = list(dict.fromkeys(_sequence_of(stage, modules) for stage in stages if stage in modules))
    names = [name for start in starts for name in _blocks(modules[start], start)] if starts else _in_whole(network)
    usable = [each for each in layer_outputs(network, size, channels=channels) if each.shape is not None]
    blocks = {name: list[str]() for name in names}
    for each in usable:
        if each.module in blocks and KEY not in each.name.removeprefix(each.module):
            blocks[each.module].append(each.name)
    found = tuple(name for runs in blocks.values() for name in runs)
    fractions = [each for each in usable if each.has_fractions]
    if not found and len(blocks) > 1:
        found = tuple(each.name for each in fractions if each.module in blocks)
    found = found or tuple(each.name for each in fractions)
    if not found:
        raise ModelLoadError(
            f"None of the modules of {type(network).__name__} puts out a tensor with a row for each image; make "
            "what is to be scored a module of it, or put it into torch.nn.Sequential"
        )
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
    """The child that is a sequence of alike blocks, as stages and transformers have one; blocks themselves have not.

    A residual block of transformers' has a sequence of layers beside a `shortcut`.
    """
    if "shortcut" in dict(module.named_children()):
        return None
    for key, child in module.named_children():
        if key in BLOCKS and isinstance(child, CONTAINERS):
            alike = len({type(block) for block in child}) == 1 and all(any(block.children()) for block in child)
            return key if alike else None
    return None


def _is_plain(module: nn.Module) -> bool:
    """Whether it is a sequence of single layers, such as a downsampling step or AlexNet's features."""
    return isinstance(module, CONTAINERS) and not any(any(child.children()) for child in module.children())


def layer_outputs(network: nn.Module, size: tuple[int, int], *, channels: int = 3) -> list[LayerOutput]:
    """What every module puts out for one image of that size, in the order in which they run, unused ones last.

    Images of one or two at a time tell along which axis they lie. The network stays where it is, the meta device
    included, on which nothing is computed.
    """
    device = next((tensor.device for tensor in network.state_dict().values()), torch.device("cpu"))
    training = network.training
    try:
        network.eval()
        alone = _shapes(network, torch.zeros(1, channels, *size, device=device))
        two = _two_at_a_time(network, torch.zeros(2, channels, *size, device=device))
    finally:
        network.train(training)
    kinds = {name: type(module).__name__ for name, module in network.named_modules() if name}
    found = [output for name, calls in alone.items() for output in _outputs_of(name, kinds[name], calls, two.get(name))]
    in_order = [each for _, each in sorted(found, key=lambda pair: pair[0])]
    never = [LayerOutput(name, kinds[name], None, "never runs", name) for name in kinds if name not in alone]
    return in_order + never


class _Tensor(NamedTuple):
    shape: tuple[int, ...]
    is_floating_point: bool


class _Run(NamedTuple):
    """One run of a module: its place among all of them, and what it put out: tensors, or the names of other kinds."""

    place: int
    parts: Mapping[str, _Tensor | str]


def _shapes(network: nn.Module, images: torch.Tensor) -> dict[str, list[_Run]]:
    """The shapes of what each module puts out, for each of its runs."""
    runs: dict[str, list[_Run]] = {}

    def record(name: str, output: object) -> None:
        found: dict[str, _Tensor | str] = {
            part: _Tensor(tuple(each.shape), each.is_floating_point())
            if isinstance(each, torch.Tensor)
            else kind_of(each)
            for part, each in parts(output)
        }
        runs.setdefault(name, []).append(_Run(sum(map(len, runs.values())), found))

    with _hook_outputs(network, record), torch.inference_mode():
        network(images)
    return runs


def _two_at_a_time(network: nn.Module, images: torch.Tensor) -> dict[str, list[_Run]]:
    """As `_shapes`; nothing where the network takes one image at a time only, which its scoring will tell."""
    try:
        return _shapes(network, images)
    except (RuntimeError, ValueError, ModelLoadError):
        return {}


def _outputs_of(
    name: str, kind: str, runs: Sequence[_Run], two: Sequence[_Run] | None
) -> Iterator[tuple[int, LayerOutput]]:
    """What a module puts out, each with the place of its run."""
    for number, run in enumerate(runs, start=1):
        others = two[number - 1].parts if two is not None and len(two) == len(runs) else {}
        tensors = {part: each for part, each in run.parts.items() if isinstance(each, _Tensor)}
        if not tensors:
            held = " and ".join(sorted(str(each) for each in run.parts.values())) or "nothing"
            called = output_name(name, number if len(runs) > 1 else 0, "")
            yield run.place, LayerOutput(called, kind, None, f"puts out {held}, not a tensor with rows", name)
        for part, each in tensors.items():
            called = layer_name(output_name(name, number if len(runs) > 1 else 0, part), part)
            shape, reason = _of_one_image(each.shape, others.get(part))
            yield run.place, LayerOutput(called, kind, shape, reason, name, each.is_floating_point)


def _of_one_image(one: tuple[int, ...], two: _Tensor | str | None) -> tuple[tuple[int, ...] | None, str]:
    """The shape without the axis along which images lie, or why there is none; the first, unless two images tell."""
    pairs = list(zip(one, two.shape if isinstance(two, _Tensor) else (2, *one[1:]), strict=False))
    grown = [axis for axis, sizes in enumerate(pairs) if sizes == (1, 2)]
    if len(one) < 2 or not grown or (grown[0] != 0 and len(grown) > 1):
        return None, f"puts out {one}, not a row for each image"
    return (*one[: grown[0]], *one[grown[0] + 1 :]), ""


@contextmanager
def _hook_outputs(network: nn.Module, record: Callable[[str, object], None]) -> Iterator[None]:
    def hook(_module: nn.Module, _inputs: object, output: object, *, name: str) -> None:
        record(name, output)

    named: Mapping[str, nn.Module] = {name: module for name, module in network.named_modules() if name}
    handles = [module.register_forward_hook(partial(hook, name=name)) for name, module in named.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
