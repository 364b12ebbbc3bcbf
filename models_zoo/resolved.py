"""ResolvedModel: a spec with nothing left open, not yet built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from brainrank.benchmark.types.model_spec import Preprocessing

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ResolvedModel:
    """What decides a model's activations, known before any network is built, and `build` to build it.

    `weights_digest` is the sha256 of the weights file or, where there is none, of what the weights are made from.
    A model that is only known by its recorded features has `features`, which gives each layer's rows for stimulus ids
    in order, `stored_shapes`, what one stimulus has in each layer, and a `build` that refuses. `imagenet_head` names
    the module whose output is the logits of ImageNet's 1,000 classes, where the network has one; `trials` is the table
    of a model that is only known by its recorded choices.
    """

    weights_digest: str
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    build: "Callable[[], nn.Module]"
    features: Callable[[Sequence[str]], Mapping[str, NDArray[Any]]] | None = None
    stored_shapes: Callable[[], Mapping[str, tuple[int, ...]]] | None = None
    imagenet_head: str = ""
    trials: Path | None = None
