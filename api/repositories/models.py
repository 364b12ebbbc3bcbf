"""Model revisions in the database."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from brainrank.api.db.tables import ModelNameRow, ModelRow, RunRow
from brainrank.api.repositories.rows import add_unless_there, insert_unless_there
from brainrank.api.repositories.statuses import Status
from brainrank.api.repositories.visibility import Viewer
from brainrank.benchmark.types.model_card import ModelCard
from brainrank.benchmark.types.model_spec import ModelSpec

_SPEC = TypeAdapter(ModelSpec)


def model_row(session: Session, spec: ModelSpec, *, owner: str = "") -> ModelRow:
    """The row of this model revision of this owner, made if it is new; two that make it at once get the same one."""
    mine = (ModelRow.name == spec.name, ModelRow.spec_digest == spec.digest, ModelRow.owner == owner)
    known = select(ModelRow).where(*mine)
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


def names_with_runs(session: Session) -> frozenset[str]:
    """The names of all models that any run was made of."""
    return frozenset(
        session.scalars(select(ModelRow.name).where(select(RunRow.id).where(RunRow.model_id == ModelRow.id).exists()))
    )


def take_name(session: Session, name: str, *, owner: str, skeleton: str, public: bool) -> str | None:
    """Let an owner have a model of this name, and show it if `public`; what is in the way, if something is.

    In the way is only what everybody may see: the same name, or one that looks the same, of a model of nobody's or that
    somebody else shows; nothing is for an owner who has the name already and shows it to nobody. Of two who show one at
    once, one does: the other waits for that, and hears of it.
    """
    if session.get(ModelNameRow, (name, owner)) is not None and not public:
        return None
    mine = {"name": name, "owner": owner, "public": False, "skeleton": skeleton}
    session.execute(insert_unless_there(session, ModelNameRow, mine))
    others = (ModelNameRow.owner != owner, ModelNameRow.public)
    alike = select(ModelNameRow.name).where(ModelNameRow.skeleton == skeleton, *others)
    nobodys = select(ModelRow.name).where(ModelRow.name == name, ModelRow.owner == "")
    for query in (select(ModelNameRow.name).where(ModelNameRow.name == name, *others), nobodys, alike):
        found = session.scalars(query.limit(1)).first()
        if found is not None:
            return found
    return None if not public or _show(session, name, owner) else name


def _show(session: Session, name: str, owner: str) -> bool:
    shown = update(ModelNameRow).where(ModelNameRow.name == name, ModelNameRow.owner == owner).values(public=True)
    try:
        with session.begin_nested():
            session.execute(shown)
    except IntegrityError:
        return False
    return True
