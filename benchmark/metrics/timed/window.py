"""The window of time whose mean is a score: what its parameters mean, and what they may not be."""

from brainrank.benchmark.types.errors import InvalidDataError

START_MS = "the first time, in ms from stimulus onset, of the window whose mean is the score"
STOP_MS = "the last time of the window; the last of all unless given"


def check_window(start_ms: float, stop_ms: float | None) -> None:
    """Raise InvalidDataError for a window that ends before it starts."""
    if stop_ms is not None and stop_ms < start_ms:
        raise InvalidDataError(f"a window from {start_ms:g} to {stop_ms:g} ms has no time; let it end after it starts")
