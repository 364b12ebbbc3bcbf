"""Model revisions in the database."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from brainrank.api.db.tables import ModelNameRow, ModelRow, RunRow
from brainrank.api.repositories.rows import add_unless_there, insert_unless_there
from brainrank.api.repositories.statuses import Status
from brainrank.api.repositories.visibility import Viewer
from brainrank.benchmark.types.model_card import ModelCard
from brainrank.benchmark.types.model_spec import ModelSpec

_SPEC = TypeAdapter(ModelSpec)


def model_row(session: Session, spec: ModelSpec, *, owner: str | None = None) -> ModelRow:
    """The row of this model revision, made if it is new; two that make it at once get the same one."""
    known = select(ModelRow).where(ModelRow.name == spec.name, ModelRow.spec_digest == spec.digest)
    found = session.scalars(known).first()
    if found is not None:
        return found
    values = {
        "name": spec.name,
        "family": spec.family,
        "description": spec.description,
        "spec": _SPEC.dump_python(spec, mode="json"),
        "spec_digest": spec.digest,
        "owner": owner,
    }
    add_unless_there(session, ModelRow, values)
    return session.scalars(known).one()


def spec_of(row: ModelRow) -> ModelSpec:
    """The ModelSpec that a row keeps."""
    return _SPEC.validate_python(row.spec)


def cards(session: Session, names: Sequence[str]) -> dict[str, ModelCard | None]:
    """What is told of these models, as of their newest revisions."""
    rows = session.execute(select(ModelRow.name, ModelRow.spec).where(ModelRow.name.in_(names)).order_by(ModelRow.id))
    return {row.name: _SPEC.validate_python(row.spec).card for row in rows}


def scored_models(session: Session, viewer: Viewer, name: str | None = None) -> Mapping[str, ModelSpec]:
    """The models with a score that the viewer may see, by name, as of their newest such revisions."""
    run = select(RunRow.id).where(RunRow.model_id == ModelRow.id, RunRow.status == Status.SUCCEEDED, viewer.runs)
    query = select(ModelRow).where(run.exists())
    if name is not None:
        query = query.where(ModelRow.name == name)
    return {row.name: spec_of(row) for row in session.scalars(query.order_by(ModelRow.id))}


def take_name(session: Session, spec: ModelSpec, *, owner: str) -> bool:
    """Give the name to the owner of the spec, unless it is somebody else's; who asks first has it."""
    others = select(ModelRow.id).where(ModelRow.name == spec.name, ModelRow.owner.is_distinct_from(owner))
    if session.scalars(others.limit(1)).first() is not None:
        return False
    # Waits for whoever takes the same name at this moment, until that is recorded or was nothing.
    session.execute(insert_unless_there(session, ModelNameRow, {"name": spec.name, "owner": owner}))
    return session.scalars(select(ModelNameRow.owner).where(ModelNameRow.name == spec.name)).one() == owner
