"""Who waits for something to happen to runs: one look for all of them, however many wait."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from brainrank.api.repositories import submissions
from brainrank.api.repositories.submissions import RunMark
from brainrank.api.services.session import OpenSession

LOOKED_EVERY_S = 0.25


class Watches:
    """The runs that somebody watches, and a mark of each, which changes whenever there is something to tell."""

    def __init__(self, begin: OpenSession) -> None:
        self._begin, self._looked, self._looking = begin, 0.0, False
        self._runs, self._marks = Counter[int](), dict[int, RunMark]()

    @contextmanager
    def watching(self, run_ids: Sequence[int]) -> Iterator[None]:
        """Have these looked after while the context lasts."""
        self._runs.update(run_ids)
        try:
            yield
        finally:
            self._runs -= Counter(run_ids)

    def marks(self, run_ids: Sequence[int]) -> tuple[RunMark | None, ...]:
        """The marks of these runs as last looked at."""
        return tuple(self._marks.get(run_id) for run_id in run_ids)

    def is_due(self) -> bool:
        """Whether somebody should look now."""
        return not self._looking and time.monotonic() - self._looked >= LOOKED_EVERY_S

    def look(self) -> None:
        """Look after every watched run; who comes while somebody looks need not."""
        if not self.is_due():
            return
        self._looking = True
        try:
            with self._begin() as session:
                self._marks = submissions.marks(session, list(self._runs))
        finally:
            self._looked, self._looking = time.monotonic(), False
