"""torch on the CPU as a card: what is computed there and forgets to say so meets an error, as it would on a card."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from brainrank.benchmark.statistics.arrays import computing_on

CARD = torch.device("cpu")


@contextmanager
def on_a_card() -> Iterator[None]:
    """Compute there. Arrays that are made without a device have no values, and go with no others."""
    with torch.device("meta"), computing_on(CARD):
        yield
