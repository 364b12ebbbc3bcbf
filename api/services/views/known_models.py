"""Models as a service shows them: those of the catalogue, and those that were scored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from brainrank.api.repositories import models, runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.model_card import ModelCard
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.catalogue import MODELS


@dataclass(frozen=True)
class KnownModel:
    """A model, and whether it has a score that one may see."""

    spec: ModelSpec
    scored: bool

    @property
    def card(self) -> ModelCard | None:
        """What is told of it; the catalogue's word goes before what was stored with a run."""
        return MODELS[self.spec.name].card if self.spec.name in MODELS else self.spec.card


def known_models(session: Session, viewer: Viewer) -> Sequence[KnownModel]:
    """All models, by name."""
    scored = models.scored_models(session, viewer)
    specs = {**scored, **MODELS}
    return [KnownModel(specs[name], name in scored) for name in sorted(specs)]


def model_page(
    session: Session, name: str, catalogue: Catalogue, viewer: Viewer
) -> tuple[KnownModel, Sequence[tuple[StoredRun, bool]]]:
    """A model, and its newest run of each benchmark's current version (with whether it is public).

    Raises NotFoundError for a model that is neither in the catalogue nor scored.
    """
    scored = models.scored_models(session, viewer, name).get(name)
    spec = MODELS.get(name) or scored
    if spec is None:
        error = UnknownNameError("model", name, MODELS, remedy="(/v1/models lists all, with a token yours, too)")
        raise NotFoundError(str(error))
    versions = {each.name: each.version for each in catalogue.benchmarks.values()}
    return KnownModel(spec, scored is not None), runs.of_model(session, name, versions, viewer=viewer)
