"""Which runs somebody may see: the public ones, which those of the command line are, and those of their submissions."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from brainrank.api.db.tables import ModelNameRow, ModelRow, RunRow, SubmissionRow


@dataclass(frozen=True)
class Viewer:
    """Who looks: nobody in particular unless an owner is named; an administrator sees everything."""

    owner: str | None = None
    everything: bool = False

    @property
    def runs(self) -> ColumnElement[bool]:
        """The condition that a run is theirs to see."""
        if self.everything:
            return true()
        if self.owner is None:
            return RunRow.public.is_(True)
        own = select(SubmissionRow.id).where(SubmissionRow.owner == self.owner)
        return or_(and_(RunRow.public, RunRow.model_id.not_in(self._namesakes())), RunRow.submission_id.in_(own))

    def _namesakes(self) -> Select[int]:
        """Others' models that have the name of one of the viewer's own: one name is one model, whoever looks."""
        return (
            select(ModelRow.id)
            .join(ModelNameRow, ModelNameRow.name == ModelRow.name)
            .where(ModelNameRow.owner == self.owner, ModelRow.owner != self.owner)
        )


EVERYBODY = Viewer()
