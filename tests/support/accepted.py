"""A submission to a service that has the files of every benchmark."""

from sqlalchemy.orm import Session

from brainrank.api.repositories.submissions import Submission
from brainrank.api.services.access.tokens import Caller
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted
from brainrank.benchmark.scoring.catalogue import Catalogue


def accepted(session: Session, caller: Caller, wanted: Wanted, catalogue: Catalogue) -> Submission:
    """What became of it, recorded."""
    return life_cycle.submit(session, caller, wanted, catalogue, at_hand=lambda _: True).submission
