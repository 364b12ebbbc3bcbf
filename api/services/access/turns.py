"""Turns at what takes a processor and memory: a few at a time, one at a time for each owner, the others wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import anyio

from brainrank.api.services.access.refusals import TooManyAtOnceError

AT_A_TIME = 2
MOST_WAITING = 100
WAIT_S = 60


class Turns:
    """Who is at it and who waits, in one process; an owner's further requests do not stand in anybody else's way."""

    def __init__(self, at_a_time: int = AT_A_TIME, *, most_waiting: int = MOST_WAITING) -> None:
        self._places = anyio.Semaphore(at_a_time)
        self._most_waiting, self._asking, self._at_a_time = most_waiting, 0, at_a_time
        self._of_owner: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, owner: str) -> AsyncIterator[None]:
        """Wait for a turn; inside the block it is the owner's. Raises TooManyAtOnceError when too many wait already."""
        if self._asking >= self._at_a_time + self._most_waiting:
            raise TooManyAtOnceError(
                f"{self._most_waiting} files wait to be checked already; yours is here, so ask again later with an "
                "empty piece",
                wait_s=WAIT_S,
            )
        own = self._of_owner.setdefault(owner, anyio.Lock())
        self._asking += 1
        try:
            async with own, self._places:
                yield
        finally:
            self._asking -= 1
