"""A submission to a service that has the files of every benchmark."""

from sqlalchemy.orm import Session

from brainrank.api.repositories.submissions import Submission
from brainrank.api.services import submissions
from brainrank.api.services.submissions import Wanted
from brainrank.api.services.tokens import Caller
from brainrank.benchmark.catalogue import Catalogue


def accepted(session: Session, caller: Caller, wanted: Wanted, catalogue: Catalogue) -> Submission:
    """What became of it, recorded."""
    return submissions.submit(session, caller, wanted, catalogue, at_hand=lambda _: True).submission
