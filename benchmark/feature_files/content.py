"""What a file of features holds beside its numbers."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError

IDS, RECEIPT = "stimulus_ids", "receipt"
# No name within HDF5 or zarr may hold a slash, which ONNX's layers have: there it begins a folder.
SLASH, IN_ITS_PLACE = "/", "|"


class Content(NamedTuple):
    """The stimuli in order, how many features each layer has, in order, and what they were made of and how."""

    ids: tuple[str, ...]
    features: Mapping[str, int]
    receipt: Mapping[str, Any]

    @property
    def items(self) -> int:
        """How many numbers there are."""
        return len(self.ids) * sum(self.features.values())


class Stored(NamedTuple):
    """A file of features: what it holds, and how a layer of it is read (features as they lie there).

    Without ids in it its rows are called by their numbers, and `has_ids` is False.
    """

    content: Content
    load: Callable[[str], NDArray[Any]]
    has_ids: bool = True


class Target(NamedTuple):
    """Where numbers go: an array for each layer, and how what was put there is made sure of."""

    arrays: Mapping[str, Any]
    flush: Callable[[], None]


def stored_names(layers: Mapping[str, int]) -> dict[str, str]:
    """Under which name each layer is stored, where names hold no slash.

    Raises InvalidDataError where two layers would have one name, or one that of the ids or the receipt.
    """
    names = {layer: layer.replace(SLASH, IN_ITS_PLACE) for layer in layers}
    taken = {IDS, RECEIPT, "stimulus"}
    for layer, name in names.items():
        if name in taken:
            raise InvalidDataError(f"Layer '{layer}' would be stored as '{name}', which is taken; name other layers")
        taken.add(name)
    return names
