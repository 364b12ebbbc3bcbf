"""/v1/runs: all that is kept of one run."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from brainrank.api.people_json import PeopleAnswer, people_json
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
from brainrank.api.services.boards.map_rows import export_map
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.runs.visible_runs import viewer
from brainrank.api.services.views.run_people import people_of_run
from brainrank.benchmark.types.brain_map import Quantity
from brainrank.benchmark.types.brain_space import Hemisphere
from brainrank.datasets.brain_images import image_bytes

router = APIRouter(prefix="/v1/runs", tags=["scores"])
Show = Annotated[Quantity, Query(description="What is mapped.")]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="The run's number.")]


@router.get("/{number}", response_model=RunPage)
def get_run(request: Request, number: Number, service: TheService, visitor: Visitor) -> Response:
    """Show a run: score, layer curve, subjects, details, times, and the receipt to score it again from."""
    with service.begin() as session:
        page = run_page(visible_runs.run(session, number, viewer(visitor)))
    return cacheable_answer(request, page, private=visitor is not None)


@router.get("/{number}/people", response_model=PeopleAnswer)
def get_people(request: Request, number: Number, service: TheService, visitor: Visitor) -> Response:
    """Show what a run's model shares with each group of people, such as ages, and these with each other."""
    with service.begin() as session:
        run = visible_runs.succeeded(session, number, viewer(visitor))
        found = people_of_run(session, run, service.catalogue, service.uploads.locations)
    return cacheable_answer(request, PeopleAnswer(**people_json(found)), private=visitor is not None)


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


@router.get("/{number}/map", response_class=StreamingResponse)
def get_map(
    number: Number, service: TheService, visitor: Visitor, show: Show = Quantity.SCORE, format: AsFile = Format.CSV
) -> StreamingResponse:
    """Export a run's map of the brain: a row for each voxel or vertex, with coordinates, value and q of its score."""
    with service.begin() as session:
        found = visible_runs.brain_map(session, number, viewer(visitor), show).found
    return download(export_map(found, format), f"run-{number}-map-{show}", format)


@router.get("/{number}/map/image", response_class=Response)
def get_map_image(
    number: Number,
    service: TheService,
    visitor: Visitor,
    show: Show = Quantity.SCORE,
    hemisphere: Annotated[Hemisphere, Query(description="Of a surface: which.")] = Hemisphere.LEFT,
) -> Response:
    """Download a run's map of the brain as a file that viewers open: .nii.gz, .func.gii or .dscalar.nii."""
    with service.begin() as session:
        found = visible_runs.brain_map(session, number, viewer(visitor), show).found
    content = image_bytes(found.space, found.everywhere, str(show), hemisphere)
    headers = {
        "Content-Disposition": f'attachment; filename="run-{number}-{show}{content.ending}"',
        "Cache-Control": "no-store",
    }
    return Response(content.content, media_type="application/octet-stream", headers=headers)


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
