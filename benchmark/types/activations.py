"""LayerGram: what every linear analysis of a layer's activations needs; LayerFeatures; how activations are had."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar, overload, runtime_checkable

from jaxtyping import Float, Float32, Float64
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import BrainrankError

PRECISIONS = ("float32", "tf32", "bf16")
GIB = 1024**3


class ActivationsError(BrainrankError):
    """A network whose activations cannot be had: a layer that does not run once, NaN in it, no memory for one image."""


@runtime_checkable
class DerivedArrays(Protocol):
    """Where what takes long to derive from a stored layer is stored beside it."""

    def obtain(self, name: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        """The arrays of this name: those stored, else what `make` makes, which one process at a time does."""

    def has(self, name: str) -> bool:
        """Whether arrays of this name are stored."""


@dataclass(frozen=True)
class LayerGram:
    """What a layer's features X (stimuli x features) come to in RDMs, CKA, kernel ridge and PLS; nothing is projected.

    `gram` is K = X0 X0' of the features centred over the stimuli, X0 = X - 1 mu': what all stimuli have in common
    cannot swamp how they differ. What centring took away is in four vectors and a number, m being the mean of mu:
    `row_sums` X0 1, `mean_products` X0 (mu - m), `row_powers` the sum of squares of each row of X about its own mean
    (exactly 0 for a row of equal numbers), `row_lengths` the squared lengths of X's rows, and `mean` m.

    All are float64: an RDM takes differences of K's entries, which in float32 would lose the small distances between
    similar stimuli. `features` are X where they are fewer than stimuli: then they are less to work with than K, which
    is computed when it is first asked for. `key` is its name in the store, where others find it; empty, and `derived`
    None, for what is not kept there.
    """

    layer: str
    given_gram: Float64[ndarray, "stimuli stimuli"] | Callable[[], Float64[ndarray, "stimuli stimuli"]]
    row_sums: Float64[ndarray, " stimuli"]
    mean_products: Float64[ndarray, " stimuli"]
    row_powers: Float64[ndarray, " stimuli"]
    row_lengths: Float64[ndarray, " stimuli"]
    mean: float
    n_features: int
    features: Float[ndarray, "stimuli features"] | None = None
    key: str = ""
    derived: DerivedArrays | None = field(default=None, repr=False, compare=False)

    @cached_property
    def gram(self) -> Float64[ndarray, "stimuli stimuli"]:
        """K."""
        return self.given_gram() if callable(self.given_gram) else self.given_gram


@dataclass(frozen=True)
class LayerFeatures:
    """A layer's features as they are, all or those that a reduction left; `key` as of LayerGram."""

    layer: str
    values: Float32[ndarray, "stimuli features"]
    key: str = ""


Layer = TypeVar("Layer", LayerGram, LayerFeatures)
AnyLayer = TypeVar("AnyLayer", bound=LayerGram | LayerFeatures, covariant=True)


class StoredLayers(Sequence[AnyLayer]):
    """Layers that memory would not hold together: each is read from the store whenever it is asked for.

    `names` and `keys` are known without reading any.
    """

    def __init__(self, names: Sequence[str], keys: Sequence[str], read: Callable[[int], AnyLayer]) -> None:
        self.names, self.keys, self._read = tuple(names), tuple(keys), read

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, number: int) -> AnyLayer: ...

    @overload
    def __getitem__(self, number: slice) -> "StoredLayers[AnyLayer]": ...

    def __getitem__(self, number: int | slice) -> "AnyLayer | StoredLayers[AnyLayer]":
        numbers = range(len(self))[number]
        return self._read(numbers) if isinstance(numbers, int) else self.some(numbers)

    def some(self, numbers: Sequence[int]) -> "StoredLayers[AnyLayer]":
        """Those of these numbers."""
        return StoredLayers(
            [self.names[each] for each in numbers],
            [self.keys[each] for each in numbers],
            lambda place: self._read(numbers[place]),
        )


@runtime_checkable
class Named(Protocol):
    """A layer, whatever is told of it."""

    @property
    def layer(self) -> str:
        """Its name."""


Some = TypeVar("Some")


def names_of(layers: Sequence[Named]) -> tuple[str, ...]:
    """The names of layers, without reading those that are stored."""
    return layers.names if isinstance(layers, StoredLayers) else tuple(layer.layer for layer in layers)


def keys_of(layers: Sequence[LayerGram] | Sequence[LayerFeatures]) -> tuple[str, ...]:
    """The keys of layers, without reading those that are stored."""
    return layers.keys if isinstance(layers, StoredLayers) else tuple(layer.key for layer in layers)


def some_of(layers: Sequence[Some], numbers: Sequence[int]) -> Sequence[Some]:
    """The layers of these numbers, without reading those that are stored."""
    return layers.some(numbers) if isinstance(layers, StoredLayers) else [layers[each] for each in numbers]


@dataclass(frozen=True)
class Extraction:
    """How activations are had and kept; of these only `precision` may change a number.

    `memory_bytes` bounds the features, Gram matrix and buffers held in memory; the network and what it needs for one
    batch come on top. `store_url` None means the folder of the home; `store_limit_bytes` None means no limit.
    `derived_limit_bytes` bounds what is derived from layers and stored beside them.
    """

    precision: str = "float32"
    memory_bytes: int = 2 * GIB
    store_url: str | None = None
    store_limit_bytes: int | None = None
    derived_limit_bytes: int = 16 * GIB


DEFAULT_EXTRACTION = Extraction()
