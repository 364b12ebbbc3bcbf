"""/v1/published: scores that others published, with their source; never among ours."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheService
from brainrank.api.services.views.published import find_publication, line_row, published_lines
from brainrank.benchmark.types.locations import Locations
from brainrank.datasets.published.catalogue import CATALOGUE
from brainrank.datasets.published.scores import Publication, benchmarks_of

router = APIRouter(prefix="/v1/published", tags=["published"])


class PublicationAnswer(BaseModel):
    """A published table; `here` says whether its file is on the service's machine."""

    name: str
    title: str
    citation: str
    licence: str
    meaning: str
    cautions: list[str]
    here: bool


class PublicationsAnswer(BaseModel):
    """The published tables that brainrank can read."""

    published: list[PublicationAnswer]


class PublishedTable(PublicationAnswer):
    """A table with a flat row for each of its models; none while its file is not here."""

    benchmarks: list[str]
    lines: list[dict[str, Any]]


@router.get("", response_model=PublicationsAnswer)
def list_published(request: Request, service: TheService) -> Response:
    """List the tables of scores that others published."""
    locations = service.uploads.locations
    found = [PublicationAnswer(**_about(each, locations)) for each in CATALOGUE.values()]
    return cacheable_answer(request, PublicationsAnswer(published=found))


@router.get("/{name}", response_model=PublishedTable)
def get_published(
    request: Request, service: TheService, name: Annotated[str, Path(max_length=100, description="The table.")]
) -> Response:
    """Show a table: others' scores as they published them."""
    locations = service.uploads.locations
    found, lines = find_publication(name), published_lines(name, locations)
    rows = [line_row(each) for each in lines]
    table = PublishedTable(**_about(found, locations), benchmarks=list(benchmarks_of(lines)), lines=rows)
    return cacheable_answer(request, table)


def _about(found: Publication, locations: Locations) -> dict[str, Any]:
    return {
        "name": found.card.name,
        "title": found.card.title,
        "citation": found.card.citation,
        "licence": found.card.licence,
        "meaning": found.meaning,
        "cautions": list(found.cautions),
        "here": found.is_here(locations),
    }
