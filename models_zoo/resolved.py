"""ResolvedModel: a spec with nothing left open, not yet built."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.models_zoo.network import Network

if TYPE_CHECKING:
    from torch import nn


class TextTower(NamedTuple):
    """How sentences are embedded, (sentences, width), and by what a cosine is multiplied before the softmax."""

    encode: Callable[[Sequence[str]], NDArray[np.float32]]
    scale: float


def _no_text() -> None:
    return None


@dataclass(frozen=True)
class ResolvedModel:
    """What decides a model's activations, known before any network is built, and `build` to build it.

    `weights_digest` is the sha256 of the weights file or, where there is none, of what the weights are made from;
    `network` is what computes with them. A model that is only known by its recorded features has `features`, which
    gives each layer's rows for stimulus ids in order, `stored_shapes`, what one stimulus has in each layer, and a
    `build` that refuses. `imagenet_classes` says that the network's output is the logits of ImageNet's 1,000 classes;
    `text` builds the text tower of a network whose output is an embedding shared with sentences, if its weights hold
    one; `trials` is the table of a model that is only known by its recorded choices; `checkpoint` says in a line what
    was read of a checkpoint.
    """

    weights_digest: str
    network: Network
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    build: "Callable[[], nn.Module]"
    features: Callable[[Sequence[str]], Mapping[str, NDArray[Any]]] | None = None
    stored_shapes: Callable[[], Mapping[str, tuple[int, ...]]] | None = None
    imagenet_classes: bool = False
    text: Callable[[], TextTower | None] = _no_text
    trials: Path | None = None
    checkpoint: str = ""

    def network_digest(self, code: str) -> str:
        """The sha256 of the weights and of all that computes with them; `code` is the digest of our own part of it."""
        name, arguments, _ = self.network
        content = [self.weights_digest, name, arguments, self.network.versions, code]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=repr).encode()).hexdigest()
