"""Runs and scores that somebody may see."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from brainrank.api.repositories import runs, scores, submissions
from brainrank.api.repositories.runs import ShownRun, StoredRun
from brainrank.api.repositories.scores import StoredScore, Wanted
from brainrank.api.repositories.submissions import Event
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import TargetScores

if TYPE_CHECKING:
    from brainrank.api.services.analysis.run_maps import DescribedMap
    from brainrank.benchmark.types.brain_map import Quantity

SCORES_AT_ONCE = 1000


def viewer(caller: Caller | None) -> Viewer:
    """What a caller may see: everybody's, and with a token their own."""
    if caller is None:
        return Viewer()
    return Viewer(caller.owner, everything=caller.reaches(Scope.ADMIN))


def run(session: Session, run_id: int, viewer: Viewer, *, spatial: bool = False) -> ShownRun:
    """A run, with what maps are made of where that is asked for.

    Raises NotFoundError, also for what is somebody else's and private.
    """
    found = runs.look(session, run_id, viewer, spatial=spatial)
    if found is None:
        raise NotFoundError(f"There is no run {run_id} that you may see; a private one takes its owner's token")
    return found


def succeeded(session: Session, run_id: int, viewer: Viewer) -> StoredRun:
    """A run that came to a score. Raises NotFoundError where it did not, and as `run`."""
    found = run(session, run_id, viewer)
    if found.stored is None:
        raise NotFoundError(f"Run {run_id} ({found.benchmark}) has no score")
    return found.stored


def log(session: Session, run_id: int, viewer: Viewer, *, after: int) -> Sequence[Event]:
    """The lines of a run's log after the one numbered `after`. Raises NotFoundError as `run`."""
    run(session, run_id, viewer)
    return submissions.events(session, [run_id], after=after)


def targets(session: Session, run_id: int, viewer: Viewer) -> tuple[TargetScores, str]:
    """A run's scores by target, and their unit. Raises NotFoundError where it has none."""
    found = run(session, run_id, viewer)
    if found.stored is None or found.stored.score.per_target is None:
        raise NotFoundError(f"Run {run_id} ({found.benchmark}) has no scores of targets; only encoding has them")
    return found.stored.score.per_target, found.stored.score.unit.removeprefix("median ")


def brain_map(session: Session, run_id: int, viewer: Viewer, quantity: "Quantity") -> "DescribedMap":
    """A run's map. Raises NotFoundError where it has none."""
    from brainrank.api.services.analysis.run_maps import map_of_runs

    found = run(session, run_id, viewer, spatial=True)
    if found.stored is None:
        raise NotFoundError(f"Run {run_id} ({found.benchmark}) has no score, and so no map")
    try:
        return map_of_runs([found.stored], quantity)
    except InvalidDataError as error:
        raise NotFoundError(f"Run {run_id} ({found.benchmark}) has no map: {error}") from error


def course(session: Session, run_id: int, viewer: Viewer) -> Course:
    """A run's score at each time. Raises NotFoundError where it has none."""
    found = run(session, run_id, viewer)
    if found.stored is None or found.stored.score.course is None:
        raise NotFoundError(f"Run {run_id} ({found.benchmark}) has no course; only time-resolved metrics have one")
    return found.stored.score.course


def every_score(begin: OpenSession, wanted: Wanted, viewer: Viewer) -> Iterator[StoredScore]:
    """All scores that are wanted, the newest first; no transaction is open while they are used."""
    before: int | None = None
    while True:
        with begin() as session:
            block = scores.newest(session, wanted, viewer=viewer, before=before, limit=SCORES_AT_ONCE)
        yield from block
        if len(block) < SCORES_AT_ONCE:
            return
        before = block[-1].run_id
