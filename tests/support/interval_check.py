"""What every interval has to be."""

import numpy as np

from brainrank.benchmark.types.score import Interval

ROUNDING = 1e-12


def check(value: float, interval: Interval | None, support: tuple[float, float]) -> None:
    """An interval is absent, has no numbers, or holds a value that keeps to its range, and keeps to it itself."""
    if interval is None:
        return
    assert np.isnan(interval.low) == np.isnan(interval.high)
    if np.isnan(value):
        assert np.isnan(interval.low)
    else:
        assert support[0] - ROUNDING <= value <= support[1] + ROUNDING
        if not np.isnan(interval.low):
            assert support[0] - ROUNDING <= interval.low <= value <= interval.high <= support[1] + ROUNDING
