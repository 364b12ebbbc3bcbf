"""What becomes of results of another database: merged by what they are of, which their receipts say."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from brainrank.api.db.score_tables import ScoreRow
from brainrank.api.db.tables import EditionRow, ModelRow, RunRow, ScoreConflictRow
from brainrank.api.repositories import changes, conflicts
from brainrank.api.repositories.conflicts import Conflict
from brainrank.api.repositories.identity import identity, is_same_number
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.repositories.rows import insert_unless_there
from brainrank.api.repositories.statuses import Status
from brainrank.api.repositories.transfer import BESIDE, Values, insert_results


class Outcome(StrEnum):
    """What becomes of a result that is imported."""

    ADDED = "added"
    KNOWN = "known"
    OLDER = "older"
    CONFLICT = "conflict"


class _Here(NamedTuple):
    """A public result of a model of the same name, on the same benchmark version, that is here."""

    run_id: int
    origin: str
    finished_at: datetime
    receipt: Values
    value: float | None


_Key = tuple[str, str, int]


def add_results(session: Session, found: Sequence[Values], *, origin: str) -> Counter[Outcome]:
    """Record results of another database; return what became of them.

    One of an identity that is here adds nothing: where its number is another, the two stand as a conflict. Boards show
    the newest run: one older than what is here is left out, and a published one where anything else is.
    """
    here = _here(session, found)
    outcomes, added = Counter[Outcome](), list[Values]()
    for result in found:
        outcome = _outcome(session, result, here.get(_key(result), ()), origin=origin)
        outcomes[outcome] += 1
        if outcome is Outcome.ADDED:
            added.append(result)
    insert_results(session, added, origin=origin)
    return outcomes


def begin_edition(session: Session, sha256: str, now: datetime) -> bool:
    """Record that an edition of the published results is offered here; False where it was, maybe at this moment.

    What was published before is taken away, and nobody's own: the edition that comes has it anew.
    """
    values = {"sha256": sha256, "imported_at": now}
    if session.scalars(insert_unless_there(session, EditionRow, values).returning(EditionRow.sha256)).first() is None:
        return False
    withdraw(session)
    session.execute(delete(EditionRow).where(EditionRow.sha256 != sha256))
    return True


def is_edition_here(session: Session, sha256: str) -> bool:
    """Whether an edition was offered to this database."""
    return session.get(EditionRow, sha256) is not None


def withdraw(session: Session) -> None:
    """Take the published results away."""
    run_ids = session.scalars(select(RunRow.id).where(RunRow.origin == PUBLISHED)).all()
    if not run_ids:
        return
    changes.count_scores(session, run_ids)
    published = select(RunRow.id).where(RunRow.origin == PUBLISHED)
    session.execute(delete(ScoreConflictRow).where(ScoreConflictRow.run_id.in_(published)))
    for table in BESIDE:
        session.execute(delete(table).where(table.__table__.c.run_id.in_(published)))
    session.execute(delete(RunRow).where(RunRow.origin == PUBLISHED))


def _outcome(session: Session, result: Values, here: Sequence[_Here], *, origin: str) -> Outcome:
    run = result["run"]
    of, value = identity(run["receipt"]), result[ScoreRow.__tablename__][0]["value"]
    finished = datetime.fromisoformat(run["finished_at"])
    same = [each for each in here if identity(each.receipt) == of]
    if any(is_same_number(each.value, value) for each in same):
        return Outcome.KNOWN
    if same:
        conflicts.add(session, same[-1].run_id, Conflict(origin, value, finished, run["receipt"]))
        return Outcome.CONFLICT
    made = [each for each in here if each.origin != PUBLISHED]
    newer = any(each.finished_at >= finished for each in made)
    return Outcome.OLDER if newer or (made and origin == PUBLISHED) else Outcome.ADDED


def _here(session: Session, found: Sequence[Values]) -> Mapping[_Key, Sequence[_Here]]:
    """What is here of the models and benchmarks of these results, the oldest first."""
    query = (
        select(RunRow.id, RunRow.origin, RunRow.finished_at, RunRow.receipt, ScoreRow.value)
        .add_columns(ModelRow.name, RunRow.benchmark, RunRow.benchmark_version)
        .join(RunRow.model)
        .join(RunRow.score)
        .where(RunRow.status == Status.SUCCEEDED, RunRow.public)
        .where(RunRow.benchmark.in_({each["run"]["benchmark"] for each in found}))
        .where(ModelRow.name.in_({each["model"]["name"] for each in found}))
        .order_by(RunRow.id)
    )
    here = defaultdict[_Key, list[_Here]](list)
    for *told, name, benchmark, version in session.execute(query):
        here[(name, benchmark, version)].append(_Here(*told))
    return here


def _key(result: Values) -> _Key:
    return result["model"]["name"], result["run"]["benchmark"], result["run"]["benchmark_version"]
