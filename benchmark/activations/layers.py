"""Which layers are wanted: names or globs over a network's modules, each with its pooling."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError

POOLING_NAMES = ("flatten", "mean", "cls")


class LayerPattern(NamedTuple):
    """A module name or a glob over them, and what is done to the output."""

    module: str
    pooling: str


class WantedLayer(NamedTuple):
    """One layer to record: its name in results, its module, its pooling, and the place of the pattern that asked."""

    label: str
    module: str
    pooling: str
    asked: int


def parse_layer(text: str, pooling: str) -> LayerPattern:
    """Split `MODULE[:POOLING]`; without one of the poolings behind a colon, the whole text is the module's name.

    Raises UnknownNameError when `pooling` is none of flatten, mean, cls.
    """
    if pooling not in POOLING_NAMES:
        raise UnknownNameError("pooling", pooling, POOLING_NAMES)
    module, colon, own = text.rpartition(":")
    return LayerPattern(module, own) if colon and own in POOLING_NAMES else LayerPattern(text, pooling)


def is_glob(text: str) -> bool:
    """Whether the text holds one of the wildcards * ? [."""
    return any(wildcard in text for wildcard in "*?[")


def wanted_layers(module_names: Iterable[str], patterns: Sequence[str], pooling: str) -> tuple[WantedLayer, ...]:
    """Find the modules that the patterns name, each once, in the order asked; a glob's follow the network's own order.

    Raises UnknownNameError, with near names, for a pattern that names nothing.
    """
    names = [name for name in module_names if name]
    known, found = set(names), dict[str, WantedLayer]()
    for place, text in enumerate(patterns):
        module, pooled = parse_layer(text, pooling)
        if module in known:
            matches = [module]
        else:
            matches = [name for name in names if is_glob(module) and fnmatchcase(name, module)]
        if not matches:
            raise UnknownNameError("layer", module, names)
        suffix = text.removeprefix(module)
        for name in matches:
            label = name + suffix
            found.setdefault(label, WantedLayer(label, name, pooled, place))
    return tuple(found.values())
