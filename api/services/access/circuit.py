"""A circuit breaker (Nygard 2007): what did not answer is left in peace for a while, so that not everybody waits."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Says whether to ask; after a failure it lets one asker through every `rest_s` seconds until one succeeds."""

    def __init__(self, rest_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest_s, self._clock, self._lock = rest_s, clock, threading.Lock()
        self._closed_until: float | None = None

    def lets_through(self) -> bool:
        """Whether to ask now."""
        with self._lock:
            if self._closed_until is None:
                return True
            if self._clock() < self._closed_until:
                return False
            self._closed_until = self._clock() + self._rest_s  # the others wait for what this one hears
            return True

    def tell(self, *, answered: bool) -> None:
        """Say what became of asking."""
        with self._lock:
            self._closed_until = None if answered else self._clock() + self._rest_s
