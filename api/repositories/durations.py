"""How long runs took: what is known of the time that the next will take."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories.statuses import Status
from brainrank.benchmark.types.model_spec import ModelSpec


class Duration(NamedTuple):
    """What a model took on a benchmark, and how many million parameters its card says it has."""

    model: str
    seconds: float
    parameters_million: float | None


class OwnDuration(NamedTuple):
    """What a model's newest run of a benchmark took, and the version of the code that it ran."""

    seconds: float
    code_version: str | None


def of_models(session: Session, benchmark: str, version: int, *, limit: int) -> list[Duration]:
    """The first public runs of models on a benchmark, the newest models'; later runs find activations stored."""
    query = (
        select(RunRow.model_id, RunRow.seconds, ModelRow.name, ModelRow.spec)
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .where(RunRow.benchmark == benchmark, RunRow.benchmark_version == version)
        .where(RunRow.status == Status.SUCCEEDED, RunRow.public)
        .order_by(RunRow.model_id.desc(), RunRow.id)
        .limit(limit)
    )
    first = dict[int, Duration]()
    for row in session.execute(query):
        size = (row.spec.get("card") or {}).get("parameters_million")
        if row.seconds:
            first.setdefault(row.model_id, Duration(row.name, sum(row.seconds.values()), size))
    return list(first.values())


def of_model(session: Session, spec: ModelSpec, benchmarks: Mapping[str, int]) -> dict[str, OwnDuration]:
    """The newest public runs of exactly this model revision on benchmarks of these versions, by name."""
    newest = (
        select(func.max(RunRow.id))
        .join(ModelRow, ModelRow.id == RunRow.model_id)
        .where(ModelRow.name == spec.name, ModelRow.spec_digest == spec.digest, RunRow.benchmark.in_(benchmarks))
        .where(RunRow.status == Status.SUCCEEDED, RunRow.public, RunRow.seconds.is_not(None))
        .group_by(RunRow.benchmark, RunRow.benchmark_version)
    )
    columns = (RunRow.benchmark, RunRow.benchmark_version, RunRow.seconds, RunRow.code_version)
    return {
        row.benchmark: OwnDuration(sum(row.seconds.values()), row.code_version)
        for row in session.execute(select(*columns).where(RunRow.id.in_(newest)))
        if row.seconds and benchmarks[row.benchmark] == row.benchmark_version
    }
