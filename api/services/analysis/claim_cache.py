"""Claims looked up once for each state of the public scores: pages and the service read them from memory."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.db.postgresql import may_be_idle
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.claims import replicate
from brainrank.api.services.analysis.replication import Replication
from brainrank.api.services.session import OpenSession
from brainrank.api.services.views.public_cache import PublicCache
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
        self.catalogue = catalogue
        self._known = PublicCache[LookedUp](begin)

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
        def replicated(session: Session) -> LookedUp:
            may_be_idle(session)  # between its queries a correlation takes a second
            try:
                return LookedUp(claim, replicate(session, claim, self.catalogue, EVERYBODY), "")
            except BrainrankError as error:
                return LookedUp(claim, None, str(error))

        return self._known.get(claim.digest, replicated)
