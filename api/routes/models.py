"""/v1/models: which models there are, and how they score."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheService, Visitor
from brainrank.api.routes.score_answers import curves_answer, model_summary
from brainrank.api.score_schemas import ModelPage, ModelsAnswer
from brainrank.api.services.runs.visible_runs import viewer
from brainrank.api.services.views.known_models import known_models, model_page

router = APIRouter(prefix="/v1/models", tags=["models"])
Family = Annotated[str | None, Query(max_length=200, description="Of this family.")]
Training = Annotated[str | None, Query(max_length=200, description="Trained on this, as the card says.")]
Objective = Annotated[str | None, Query(max_length=200, description="Trained by this, as the card says.")]
Name = Annotated[str, Path(max_length=500, description="The model's name, or its source where it has no other.")]


@router.get("", response_model=ModelsAnswer)
def list_models(
    request: Request,
    service: TheService,
    visitor: Visitor,
    *,
    family: Family = None,
    training_data: Training = None,
    objective: Objective = None,
    text: Annotated[str, Query(max_length=200, description="In name or description.")] = "",
) -> Response:
    """List the models of the catalogue, and those that were scored: the public ones, and with a token one's own."""
    with service.begin() as session:
        found = [model_summary(each) for each in known_models(session, viewer(visitor))]
    kept_models = [
        each
        for each in found
        if family in (None, each.family)
        and training_data in (None, each.card.training_data if each.card else "")
        and objective in (None, each.card.objective if each.card else "")
        and text.lower() in f"{each.name} {each.description}".lower()
    ]
    return cacheable_answer(request, ModelsAnswer(models=kept_models), private=visitor is not None)


@router.get("/{name:path}", response_model=ModelPage)
def get_model(request: Request, name: Name, service: TheService, visitor: Visitor) -> Response:
    """Show a model: its card, and its newest score on each benchmark with layer curve and subjects."""
    with service.begin() as session:
        model, found = model_page(session, name, service.catalogue, viewer(visitor))
    spec = model.spec
    page = ModelPage(
        **model_summary(model).model_dump(),
        layers=list(spec.layers),
        pooling=spec.pooling,
        preprocessing=None if spec.preprocessing is None else vars(spec.preprocessing),
        scores=[curves_answer(stored, public=public) for stored, public in found],
    )
    return cacheable_answer(request, page, private=visitor is not None)
