"""Studies: whom to cite, what one may do with their data, what was shown, and what is scored on them."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.benchmarks import SECTION as BENCHMARKS
from brainrank.api.pages.benchmarks import at_hand
from brainrank.api.pages.render import page
from brainrank.api.pages.stimuli import a_few, pictures_of
from brainrank.api.routes.dependencies import TheService

router = APIRouter(include_in_schema=False)
PICTURES, FILES = 8, 20


@router.get("/datasets/{name}")
def show_dataset(request: Request, name: str, service: TheService) -> Response:
    """Show a study."""
    study = service.studies.dataset(name)
    benchmarks = [each for each in service.catalogue.benchmarks.values() if each.dataset == name]
    return page(
        request,
        "dataset.html",
        section=BENCHMARKS.name,
        study=study,
        benchmarks=benchmarks,
        data={each.name: at_hand(service, each) for each in benchmarks},
        pictures={region: a_few(pictures_of(service.studies, name, region), PICTURES) for region in study.regions},
        hidden={region: service.studies.why_hidden(name, region) for region in study.regions},
        files=study.card.files[:FILES],
        grouped=_grouped(study.grouped_by),
    )


def _grouped(grouped_by: Mapping[str, str]) -> dict[str, list[str]]:
    """The regions that are grouped by the same, by what that is."""
    return {words: [each for each in grouped_by if grouped_by[each] == words] for words in grouped_by.values()}
