"""Keeping a forward pass's features within a memory budget: which layers wait in memory, and which on disk."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.activations.gram import BLOCK_FEATURES, gram_dtype
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
from brainrank.benchmark.statistics.centred_gram import STRIP_STIMULI
from brainrank.benchmark.types.errors import UserError

MIB = 1024**2


class _Plan(NamedTuple):
    width: int
    in_memory: frozenset[str]


@contextmanager
def waiting_rows(
    features: Mapping[str, int], n_stimuli: int, *, batch_size: int, memory_bytes: int, folder: Path | None
) -> Iterator[dict[str, FeatureRows]]:
    """Give each layer (name -> number of features) a place for its rows, within the budget while the context lasts.

    `folder` None means the system's folder for temporary files. Raises UserError when the budget holds not even one
    batch of the largest layer, one Gram matrix and the buffers; StorageError when the disk cannot hold the rest.
    """
    plan = _plan(features, n_stimuli, batch_size=batch_size, memory_bytes=memory_bytes)
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
        piece_items=max(padded.values()) * min(batch_size, n_stimuli),
    ) as file:
        offset = 0
        for layer, count in spilled.items():
            places[layer] = SpilledRows(file, n_stimuli, count, offset=offset, width=plan.width)
            offset += padded[layer] * n_stimuli * ITEM
        yield places


def _plan(features: Mapping[str, int], n_stimuli: int, *, batch_size: int, memory_bytes: int) -> _Plan:
    """Settle the width of a block and which layers stay in memory: the small ones first, for they are the most."""
    largest = padded_features(max(features.values()), PAGE_ITEMS)
    # K in float64, and the product of a strip before and after it is turned into float64.
    gram = n_stimuli * n_stimuli * 8 + 2 * min(STRIP_STIMULI, n_stimuli) * n_stimuli * 8
    # Two buffers to read into, and the block centred, in float64 where there are few stimuli.
    column = n_stimuli * (2 * ITEM + gram_dtype(n_stimuli)().itemsize)
    wide = memory_bytes // 4 // column // PAGE_ITEMS * PAGE_ITEMS
    width = min(BLOCK_FEATURES, largest, max(PAGE_ITEMS, wide))
    batches = STAGED * min(batch_size, n_stimuli) * padded_features(largest, width) * ITEM
    needed = gram + column * width + batches
    if needed > memory_bytes:
        layer = max(features, key=lambda name: features[name])
        raise UserError(
            f"A memory budget of {memory_bytes / MIB:.0f} MiB holds no batch of {min(batch_size, n_stimuli)} images of "
            f"layer '{layer}' ({features[layer]:,} features) beside the Gram matrix of {n_stimuli:,} stimuli; it takes "
            f"--memory {-(-needed // MIB)}MiB or more, or a pooled layer"
        )
    left, staying = memory_bytes - needed, set[str]()
    for layer, count in sorted(features.items(), key=lambda each: each[1]):
        left -= count * n_stimuli * ITEM
        if left < 0:
            break
        staying.add(layer)
    return _Plan(width, frozenset(staying))
