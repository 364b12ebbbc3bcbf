"""Submitting in a browser: a form that does what REST does. The token never leaves the reader's session."""

from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.render import page
from brainrank.api.pages.section import Section
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.submissions import Number
from brainrank.models_zoo.catalogue import MODELS

router = APIRouter(include_in_schema=False)
SECTION = Section(7, "/submit", "Submit")


class Choice(NamedTuple):
    """A benchmark that can be scored here: its files lie here, or are fetched when they are first needed."""

    name: str
    here: bool
    seconds: float | None


@router.get("/submit")
def show_form(request: Request, service: TheService) -> Response:
    """Show the form: what can be scored here is offered, what lies here ticked; of the rest it is said what lacks."""
    benchmarks = service.catalogue.benchmarks
    with service.begin() as session:
        usual = service.estimates.usual(session, {name: each.version for name, each in benchmarks.items()})
    groups, lacking = dict[str, list[Choice]](), dict[str, list[str]]()
    for name, each in benchmarks.items():
        if service.is_at_hand(each):
            here = service.studies.is_here(each.dataset, each.region)
            groups.setdefault(each.group, []).append(Choice(name, here, usual.get(name)))
        else:
            lacking.setdefault(service.studies.dataset(each.dataset).card.access, []).append(name)
    return page(request, "submit.html", section=SECTION.name, groups=groups, lacking=lacking, models=sorted(MODELS))


@router.get("/submissions/{number}")
def show_submission(request: Request, number: Number) -> Response:
    """Show where a submission's runs are; REST says whether the reader may know."""
    return page(request, "submission.html", section=SECTION.name, number=number)
