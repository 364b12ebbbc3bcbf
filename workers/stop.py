"""The word that a worker is to stop, from the process that hears of it to the one that works."""

import mmap


class Stop:
    """A word that is said once. Said in one process, it is heard in those forked from it since this was made."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Say it."""
        self._page[0] = 1

    def is_set(self) -> bool:
        """Whether it was said."""
        return self._page[0] == 1
