"""/v1/runs: all that is kept of one run."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from brainrank.api.routes.boundary import LARGEST_WHOLE
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheService, Visitor
from brainrank.api.routes.leaderboards import AsFile, download
from brainrank.api.routes.score_answers import run_page
from brainrank.api.routes.submission_answers import event_answer
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.api.schemas import EventAnswer
from brainrank.api.score_schemas import RunPage
from brainrank.api.services.boards import exports
from brainrank.api.services.boards.exports import REAL, TEXT, Format
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.runs.visible_runs import viewer

router = APIRouter(prefix="/v1/runs", tags=["scores"])
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="The run's number.")]


@router.get("/{number}", response_model=RunPage)
def get_run(request: Request, number: Number, service: TheService, visitor: Visitor) -> Response:
    """Show a run: score, layer curve, subjects, details, times, and the receipt to score it again from."""
    with service.begin() as session:
        page = run_page(visible_runs.run(session, number, viewer(visitor)))
    return cacheable_answer(request, page, private=visitor is not None)


@router.get("/{number}/log")
def get_log(
    number: Number,
    service: TheService,
    visitor: Visitor,
    after: Annotated[int, Query(ge=0, le=LARGEST_WHOLE, description="The line before the first.")] = 0,
) -> list[EventAnswer]:
    """Show a run's log, 1,000 lines at a time, from the one after `after`."""
    with service.begin() as session:
        return [event_answer(each) for each in visible_runs.log(session, number, viewer(visitor), after=after)]


@router.get("/{number}/targets", response_class=StreamingResponse)
def get_targets(
    number: Number, service: TheService, visitor: Visitor, format: AsFile = Format.CSV
) -> StreamingResponse:
    """Export a run's score of each target (neuron, voxel); an empty cell is a target without a score."""
    with service.begin() as session:
        found, unit = visible_runs.targets(session, number, viewer(visitor))
    return download(
        exports.export(exports.target_rows(found), {"target": TEXT, unit: REAL}, format),
        f"run-{number}-targets",
        format,
    )


@router.get("/{number}/course", response_class=StreamingResponse)
def get_course(number: Number, service: TheService, visitor: Visitor, format: AsFile = Format.CSV) -> StreamingResponse:
    """Export a run's score at each time after the stimulus, with bands, ceilings and the score of each layer."""
    with service.begin() as session:
        found = visible_runs.course(session, number, viewer(visitor))
    return download(
        exports.export(exports.course_rows(found), exports.course_columns(found), format),
        f"run-{number}-course",
        format,
    )
