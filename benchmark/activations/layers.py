"""Which layers are wanted: names or globs over what a network's modules put out, each with its pooling."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.outputs import CALL, KEY, POOLING_NAMES, layer_name, output_name

LONGEST_LIST = 8


class LayerPattern(NamedTuple):
    """A layer's name or a glob over them, and what is done to the output."""

    module: str
    pooling: str


class WantedLayer(NamedTuple):
    """A module of which outputs are wanted, their pooling, and the place of the pattern that asked.

    `outputs` is what stands behind the module's name, `#CALL` and keys: nothing where it puts out one tensor once. With
    `is_glob`, the outputs are those that match it, or their keys do; with '' all of them. `suffix` is what stands
    behind their names in results.
    """

    label: str
    module: str
    pooling: str
    asked: int
    outputs: str = ""
    is_glob: bool = False
    suffix: str = ""


class Call(NamedTuple):
    """A module, and which of its runs in a forward pass, counted from 1."""

    module: str
    number: int


# What each call puts out, in the order in which they ended: '' behind the keys of a tensor, else what it is.
Outputs = Mapping[Call, Mapping[str, str]]


class RecordedLayer(NamedTuple):
    """One output to record: its name in results, the call it comes from, the keys that lead to it, and its pooling.

    `is_glob` says that a glob asked for it, which what is no layer is left out of; `asked` is the place of the pattern.
    """

    label: str
    call: Call
    part: str
    pooling: str
    is_glob: bool
    asked: int


def parse_layer(text: str, pooling: str) -> LayerPattern:
    """Split `LAYER[:POOLING]`; without one of the poolings behind a colon, the whole text is the layer's name.

    Raises UnknownNameError when `pooling` is none of flatten, mean, cls.
    """
    if pooling not in POOLING_NAMES:
        raise UnknownNameError("pooling", pooling, POOLING_NAMES)
    module, colon, own = text.rpartition(KEY)
    return LayerPattern(module, own) if colon and own in POOLING_NAMES else LayerPattern(text, pooling)


def is_glob(text: str) -> bool:
    """Whether the text holds one of the wildcards * ? [."""
    return any(wildcard in text for wildcard in "*?[")


def wanted_layers(module_names: Iterable[str], patterns: Sequence[str], pooling: str) -> tuple[WantedLayer, ...]:
    """Find the modules that the patterns name, each once, in the order asked; a glob's follow the network's own order.

    A pattern is a module's name, or a glob over them, and may go on with `#CALL` and `:KEY`s. Raises UnknownNameError,
    with near names, for a pattern that names nothing.
    """
    names = [name for name in module_names if name]
    known, found = set(names), dict[str, WantedLayer]()
    for place, text in enumerate(patterns):
        layer, pooled = parse_layer(text, pooling)
        suffix = text.removeprefix(layer)
        matches = _matches(layer, names, known)
        if not matches:
            raise UnknownNameError("layer", layer, names)
        for name, outputs in matches:
            wanted = WantedLayer(f"{name}{outputs}{suffix}", name, pooled, place, outputs, is_glob(layer), suffix)
            if name == layer:
                wanted = wanted._replace(is_glob=False)
            found.setdefault(wanted.label, wanted)
    return tuple(found.values())


def recorded_layers(wanted: Sequence[WantedLayer], found: Outputs) -> tuple[RecordedLayer, ...]:
    """The outputs that are wanted of a forward pass: in the order asked, those of one glob in the order of the pass.

    Raises ActivationsError for a layer that never runs, is not one tensor, or runs more than once.
    """
    settled, times = dict[str, RecordedLayer](), {call.module: call.number for call in found}
    for place in sorted({each.asked for each in wanted}):
        asked = {each.module: each for each in wanted if each.asked == place}
        layers = [
            RecordedLayer(_label(asked[call.module], call, part, times), call, part, each.pooling, each.is_glob, place)
            for call, held in found.items()
            if (each := asked.get(call.module)) is not None
            for part, kind in held.items()
            if not kind and _is_meant(each, call, part, times)
        ]
        if not layers:
            raise _no_layer(next(iter(asked.values())), found, times)
        for layer in layers:
            settled.setdefault(layer.label, layer)
    return tuple(settled.values())


def _matches(layer: str, names: Sequence[str], known: set[str]) -> list[tuple[str, str]]:
    """The modules that a pattern names, with what of the pattern goes on behind them; the longest names first."""
    for module, outputs in _splits(layer):
        if module in known:
            return [(module, outputs)]
        matches = [(name, outputs) for name in names if is_glob(module) and fnmatchcase(name, module)]
        if matches:
            return matches
    return []


def _splits(layer: str) -> Iterator[tuple[str, str]]:
    """The whole text, then cut before each # and :, from the last to the first."""
    yield layer, ""
    for place in reversed(range(len(layer))):
        if layer[place] in (CALL, KEY):
            yield layer[:place], layer[place:]


def _name(call: Call, part: str, times: Mapping[str, int]) -> str:
    return output_name(call.module, call.number if times[call.module] > 1 else 0, part)


def _label(wanted: WantedLayer, call: Call, part: str, times: Mapping[str, int]) -> str:
    name = _name(call, part, times)
    clash = not wanted.suffix and part.rpartition(KEY)[2] in POOLING_NAMES
    return f"{name}{KEY}{wanted.pooling}" if clash else f"{name}{wanted.suffix}"


def _is_meant(wanted: WantedLayer, call: Call, part: str, times: Mapping[str, int]) -> bool:
    outputs = _name(call, part, times).removeprefix(call.module)
    if outputs == wanted.outputs:
        return True
    loose = wanted.is_glob and (not wanted.outputs or fnmatchcase(outputs, wanted.outputs))
    return loose or (wanted.is_glob and fnmatchcase(part, wanted.outputs))


def _no_layer(wanted: WantedLayer, found: Outputs, times: Mapping[str, int]) -> ActivationsError:
    """The error of a name that is not that of one tensor, with the names there are."""
    calls = {call: held for call, held in found.items() if call.module == wanted.module}
    if not calls:
        return ActivationsError(f"Layer '{wanted.label}' never runs in the forward pass; choose another layer")
    parts = [(call, part, kind) for call, held in calls.items() for part, kind in held.items()]
    names = [layer_name(_name(call, part, times), part) for call, part, kind in parts if not kind]
    if not names:
        kinds = " and ".join(dict.fromkeys(kind for _, _, kind in parts)) or "nothing"
        return ActivationsError(
            f"Layer '{wanted.label}' puts out {kinds}, not a tensor with rows; choose another layer"
        )
    told = ", ".join(names[:LONGEST_LIST]) + (", ..." if len(names) > LONGEST_LIST else "")
    runs = f"runs {len(calls)} times in a forward pass and" if len(calls) > 1 else "runs once and"
    return ActivationsError(
        f"Layer '{wanted.label}' is not one tensor: '{wanted.module}' {runs} puts out {told}; name one of these"
    )
