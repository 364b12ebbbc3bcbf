"""What is kept beside scores, for many runs at once: the numbers told beside them, and which images they are of."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brainrank.api.db.score_tables import ScoreRow
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories.score_rows import number
from brainrank.api.repositories.statuses import Status


def details(session: Session, run_ids: Collection[int]) -> Mapping[int, Mapping[str, float]]:
    """The numbers told beside the scores of runs, by name."""
    rows = session.execute(select(ScoreRow.run_id, ScoreRow.details).where(ScoreRow.run_id.in_(run_ids)))
    return {run_id: {each["name"]: number(each["value"]) for each in found} for run_id, found in rows}


def stimuli_digests(session: Session, benchmarks: Collection[str]) -> Mapping[str, str]:
    """Which images each benchmark shows, as the receipt of its newest public run tells."""
    shown = (RunRow.status == Status.SUCCEEDED, RunRow.public, RunRow.benchmark.in_(benchmarks))
    newest = select(func.max(RunRow.id)).where(*shown).group_by(RunRow.benchmark)
    rows = session.execute(select(RunRow.benchmark, RunRow.receipt).where(RunRow.id.in_(newest)))
    return {benchmark: receipt["stimuli_digest"] for benchmark, receipt in rows if receipt}
