"""Which models have scores, for those who name some."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from brainrank.api.repositories import models
from brainrank.api.repositories.visibility import Viewer
from brainrank.benchmark.types.errors import UnknownNameError


def require_scored(session: Session, names: Sequence[str], viewer: Viewer) -> None:
    """Raise UnknownNameError, with the nearest names, for a model without a score that the viewer may see."""
    known = models.scored_models(session, viewer)
    for name in names:
        if name not in known:
            raise UnknownNameError("scored model", name, known, remedy="(brainrank score makes scores)")


def require_run(session: Session, names: Sequence[str]) -> None:
    """Raise UnknownNameError, with the nearest names, for a model without any run, whatever became of it."""
    known = models.names_with_runs(session)
    for name in names:
        if name not in known:
            raise UnknownNameError("model with a run", name, known, remedy="(brainrank score makes runs)")
