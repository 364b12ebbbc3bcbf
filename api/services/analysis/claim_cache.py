"""Claims looked up once for each state of the public scores: pages and the service read them from memory."""

import threading
from typing import NamedTuple

from brainrank.api.db.postgresql import may_be_idle
from brainrank.api.repositories import changes
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claims import replicate
from brainrank.api.services.analysis.replication import Replication
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.claims.claim import AnyClaim, registered_claims
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError


class LookedUp(NamedTuple):
    """A claim with what it comes to in public scores, or why that cannot be told."""

    claim: AnyClaim
    found: Replication | None
    fault: str


class ClaimCache:
    """The claims that come with brainrank, in a database; each is looked up again once public scores have changed."""

    def __init__(self, begin: OpenSession, catalogue: Catalogue) -> None:
        self.begin, self.catalogue = begin, catalogue
        self._looking = threading.Lock()
        self._known: dict[str, LookedUp] = {}
        self._state: frozenset[tuple[str, int]] = frozenset()

    def every(self) -> list[LookedUp]:
        """All claims."""
        return [self._look_up(each) for each in registered_claims().values()]

    def one(self, name: str) -> LookedUp:
        """The claim of that name. Raises NotFoundError, with the nearest names, for another."""
        known = registered_claims()
        if name not in known:
            raise NotFoundError(str(UnknownNameError("claim", name, known)))
        return self._look_up(known[name])

    def _look_up(self, claim: AnyClaim) -> LookedUp:
        with self._looking, self.begin() as session:
            state = frozenset(changes.every(session).items())
            if state != self._state:
                self._known, self._state = {}, state
            if claim.digest not in self._known:
                may_be_idle(session)  # between its queries a correlation takes a second
                try:
                    found = LookedUp(claim, replicate(session, claim, self.catalogue, EVERYBODY), "")
                except BrainrankError as error:
                    found = LookedUp(claim, None, str(error))
                self._known[claim.digest] = found
            return self._known[claim.digest]
