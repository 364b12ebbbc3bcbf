"""Submitting in a browser: a form that does what REST does. The token never leaves the reader's session."""

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.render import page
from brainrank.api.pages.section import Section
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.submissions import Number
from brainrank.models_zoo.catalogue import MODELS

router = APIRouter(include_in_schema=False)
SECTION = Section(7, "/submit", "Submit")


@router.get("/submit")
def show_form(request: Request, service: TheService) -> Response:
    """Show the form."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    for each in service.catalogue.benchmarks.values():
        groups.setdefault(each.group, []).append((each.name, service.is_at_hand(each)))
    return page(request, "submit.html", section=SECTION.name, groups=groups, models=sorted(MODELS))


@router.get("/submissions/{number}")
def show_submission(request: Request, number: Number) -> Response:
    """Show where a submission's runs are; REST says whether the reader may know."""
    return page(request, "submission.html", section=SECTION.name, number=number)
