"""Network: what computes with a model's weights; the same weights may belong to two networks."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

# What every image and every network passes through: decoding, timm's transforms (which are torchvision's), products.
ALWAYS = ("pillow", "timm", "torch", "torchvision")


class Network(NamedTuple):
    """An architecture by name, the arguments it is made with, and the packages whose code it is beside ours."""

    name: str
    arguments: Mapping[str, Any] = {}
    packages: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the packages, and of those that every network needs."""
        return {package: version(package) for package in sorted({*ALWAYS, *self.packages})}
