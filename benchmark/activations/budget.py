"""Keeping a forward pass's features within a memory budget: which layers wait in memory, and which on disk."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.activations.gram import BLOCK_FEATURES
from brainrank.benchmark.activations.spill import (
    ITEM,
    PAGE_ITEMS,
    STAGED,
    FeatureRows,
    RowsInMemory,
    SpilledRows,
    SpillFile,
    padded_features,
)
from brainrank.benchmark.statistics.centred_gram import STRIP_STIMULI, gram_dtype
from brainrank.benchmark.types.errors import UserError

MIB = 1024**2


class Plan(NamedTuple):
    """How many images pass at once, how wide a block of features is, and which layers stay in memory."""

    batch_size: int
    width: int
    in_memory: frozenset[str]


def nothing(_batch_size: int) -> int:
    """What is in memory beside the rows where nothing is."""
    return 0


def plan_rows(
    features: Mapping[str, int],
    n_stimuli: int,
    *,
    batch_size: int,
    memory_bytes: int,
    beside_bytes: Callable[[int], int] = nothing,
) -> Plan:
    """Plan layers (name -> number of features) within the budget; the small ones stay in memory, for they are the most.

    A batch that the budget does not hold is halved until it does, and then the blocks of features are narrowed.
    `beside_bytes` says what is in memory beside the rows for a batch of so many images. Raises UserError, with what
    is needed, when the budget does not hold one image in the narrowest blocks.
    """
    sizes = _Sizes(features, n_stimuli, beside_bytes)
    widest = sizes.widest(memory_bytes)
    pieces = [(size, width) for width in dict.fromkeys((widest, PAGE_ITEMS)) for size in halved(batch_size)]
    fitting = (each for each in pieces if sizes.needed(*each) <= memory_bytes)
    size, width = next(fitting, (0, 0))
    if not size:
        needed = sizes.needed(1, PAGE_ITEMS)
        layer = max(features, key=lambda name: features[name])
        raise UserError(
            f"A memory budget of {memory_bytes / MIB:.0f} MiB does not hold one image of layer '{layer}' "
            f"({features[layer]:,} features) beside the Gram matrix of {n_stimuli:,} stimuli; it takes "
            f"--memory {-(-needed // MIB)}MiB or more, or a pooled layer"
        )
    left, staying = memory_bytes - sizes.needed(size, width), set[str]()
    for layer, count in sorted(features.items(), key=lambda each: each[1]):
        left -= count * n_stimuli * ITEM
        if left < 0:
            break
        staying.add(layer)
    return Plan(size, width, frozenset(staying))


@contextmanager
def waiting_rows(
    features: Mapping[str, int], n_stimuli: int, plan: Plan, *, folder: Path | None
) -> Iterator[dict[str, FeatureRows]]:
    """Give each layer (name -> number of features) a place for its rows as planned while the context lasts.

    `folder` None means the system's folder for temporary files. Raises StorageError when the disk cannot hold what the
    memory does not.
    """
    spilled = {layer: count for layer, count in features.items() if layer not in plan.in_memory}
    places: dict[str, FeatureRows] = {
        layer: RowsInMemory(n_stimuli, features[layer], width=plan.width) for layer in plan.in_memory
    }
    if not spilled:
        yield places
        return
    padded = {layer: padded_features(count, plan.width) for layer, count in spilled.items()}
    with SpillFile(
        folder or Path(tempfile.gettempdir()),
        sum(padded.values()) * n_stimuli * ITEM,
        piece_items=max(padded.values()) * min(plan.batch_size, n_stimuli),
    ) as file:
        offset = 0
        for layer, count in spilled.items():
            places[layer] = SpilledRows(file, n_stimuli, count, offset=offset, width=plan.width)
            offset += padded[layer] * n_stimuli * ITEM
        yield places


class _Sizes(NamedTuple):
    """What the parts of a plan take in memory, in bytes."""

    features: Mapping[str, int]
    n_stimuli: int
    beside_bytes: Callable[[int], int]

    @property
    def largest(self) -> int:
        return padded_features(max(self.features.values()), PAGE_ITEMS)

    @property
    def column(self) -> int:
        """Two buffers to read into, and the block centred, in float64 where there are few stimuli; for a feature."""
        return self.n_stimuli * (2 * ITEM + gram_dtype(self.n_stimuli)().itemsize)

    def widest(self, memory_bytes: int) -> int:
        """The width of a block whose buffers take a quarter of the memory, within bounds."""
        wide = memory_bytes // 4 // self.column // PAGE_ITEMS * PAGE_ITEMS
        return min(BLOCK_FEATURES, self.largest, max(PAGE_ITEMS, wide))

    def needed(self, batch_size: int, width: int) -> int:
        """A Gram matrix, the buffers of a block, batches on their way to the disk, and what is beside."""
        # K in float64, and the product of a strip before and after it is turned into float64.
        gram = self.n_stimuli**2 * 8 + 2 * min(STRIP_STIMULI, self.n_stimuli) * self.n_stimuli * 8
        rows = min(batch_size, self.n_stimuli)
        batches = STAGED * rows * padded_features(self.largest, width) * ITEM
        return gram + self.column * width + batches + self.beside_bytes(rows)


def halved(size: int) -> Iterator[int]:
    """The size, and its halves down to 1."""
    while size:
        yield size
        size //= 2
