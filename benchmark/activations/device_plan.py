"""What fits the memory of a device: how many images pass at once, and of how many stimuli features are held."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from brainrank.benchmark.activations.budget import halved
from brainrank.benchmark.activations.device_gram import STRIP_STIMULI, Blocks
from brainrank.benchmark.activations.gram import BLOCK_FEATURES
from brainrank.benchmark.statistics.centred_gram import gram_dtype

ITEM = 4  # bytes of a float32
GROUP = 2
"""Batches of later stimuli that are multiplied at once: each time, all that is held is read."""


class DevicePlan(NamedTuple):
    """How many images pass at once, and the blocks whose features are held in turn."""

    batch_size: int
    blocks: Blocks


@dataclass(frozen=True)
class Sizes:
    """What is wanted of a device: layers (name -> features) over stimuli, the bytes of their rows and of an image.

    `row_bytes` are of an image's features in layers of no fewer features than stimuli, the others' features stay
    features.
    """

    features: Mapping[str, int]
    n_stimuli: int
    row_bytes: int
    image_bytes: int

    @cached_property
    def always(self) -> int:
        """Matrices, features of small layers, column means, and what centring a matrix takes."""
        item = gram_dtype(self.n_stimuli)().itemsize
        wide = [each for each in self.features.values() if self.is_wide(each)]
        small = sum(each for each in self.features.values() if not self.is_wide(each))
        matrices = len(wide) * self.n_stimuli**2 * item + (3 * self.n_stimuli**2 * 8 if wide else 0)
        return matrices + small * self.n_stimuli * ITEM + sum(wide) * 2 * item

    @cached_property
    def columns(self) -> int:
        """How many features are multiplied at once."""
        return min(BLOCK_FEATURES, max(self.features.values()))

    def is_wide(self, n_features: int) -> bool:
        """Whether a layer becomes a Gram matrix."""
        return n_features >= self.n_stimuli

    def needed(self, held: int, later: int) -> int:
        """All that is on the device when so many rows are held and so many later ones wait, beside a batch's pass."""
        working = gram_dtype(self.n_stimuli)().itemsize
        rows = (held + later) * self.row_bytes + (self.n_stimuli - held) * self.image_bytes
        products = held**2 * 8 + 3 * max(STRIP_STIMULI, later) * held * 8 + 4 * held * self.columns * working
        return self.always + rows + products


def plan_blocks(
    sizes: Sizes, *, batch_size: int, pass_bytes: int, device_bytes: int, host_bytes: int, transit: Callable[[int], int]
) -> DevicePlan | None:
    """The largest batch that both memories hold, and the largest blocks then; None where they hold none.

    `pass_bytes` is what a batch of `batch_size` takes as it passes; a smaller one takes its part of that. All stimuli
    are one block where they fit; else a block is a number of whole batches, and images of later stimuli stay on the
    device, to be passed again in the turns of later blocks. In the host's memory are images on their way, and one
    matrix in float64 and in float32; `transit` says the bytes of the former for a batch of so many.
    """
    for size in halved(batch_size):
        left = device_bytes - pass_bytes * size // batch_size
        if transit(size) + sizes.n_stimuli**2 * (8 + ITEM) > host_bytes:
            continue
        if sizes.needed(sizes.n_stimuli, 0) <= left:
            return DevicePlan(size, Blocks(sizes.n_stimuli, 0))
        held = _most_held(sizes, size, left)
        if held:
            return DevicePlan(size, Blocks(held, GROUP * size))
    return None


def _most_held(sizes: Sizes, batch_size: int, left: int) -> int:
    """The most stimuli, in whole batches and fewer than all, whose rows fit in what is left; 0 where none do."""
    counts = range(batch_size, sizes.n_stimuli, batch_size)
    return max((each for each in counts if sizes.needed(each, GROUP * batch_size) <= left), default=0)
