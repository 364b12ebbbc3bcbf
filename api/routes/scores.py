"""/v1/scores: every score there is, newest first."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import Wanted
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheService, Visitor
from brainrank.api.routes.leaderboards import AsFile, Families, download
from brainrank.api.routes.score_answers import score_answer
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.api.score_schemas import ScoresAnswer
from brainrank.api.services.boards import exports
from brainrank.api.services.boards.exports import SCORE_COLUMNS, Format
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.runs.visible_runs import viewer
from brainrank.benchmark.types.errors import InvalidDataError

router = APIRouter(prefix="/v1/scores", tags=["scores"])


def wanted_scores(
    service: TheService,
    *,
    model: Annotated[list[str], Query(max_length=50, description="Of any of these models.")] = [],  # noqa: B006
    family: Families = [],  # noqa: B006 FastAPI copies it
    benchmark: Annotated[list[str], Query(max_length=50, description="Benchmarks or groups.")] = [],  # noqa: B006
    text: Annotated[str, Query(max_length=200, description="In the model's name or description.")] = "",
    since: Annotated[datetime | None, Query(description="Finished then or later; UTC unless it says.")] = None,
) -> Wanted:
    """Which scores."""
    if since is not None:
        since = _in_utc(since)
    names = [each.name for name in benchmark for each in service.catalogue.select(name)]
    return Wanted(model, family, names if benchmark else None, text, since)


Chosen = Annotated[Wanted, Depends(wanted_scores)]


@router.get("", response_model=ScoresAnswer)
def list_scores(
    request: Request,
    service: TheService,
    visitor: Visitor,
    chosen: Chosen,
    *,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_NUMBER, description="Runs numbered below it.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
) -> Response:
    """List scores, the newest first: the public ones, and with a token one's own; of all versions of a benchmark."""
    with service.begin() as session:
        found = scores.newest(session, chosen, viewer=viewer(visitor), before=before, limit=limit)
    answers = [score_answer(each) for each in found]
    more = answers[-1].run if len(answers) == limit else None
    return cacheable_answer(request, ScoresAnswer(scores=answers, before=more), private=visitor is not None)


@router.get("/export", response_class=StreamingResponse)
def export_scores(
    service: TheService, visitor: Visitor, chosen: Chosen, format: AsFile = Format.CSV
) -> StreamingResponse:
    """Export scores, however many."""
    rows = (exports.score_row(each) for each in visible_runs.every_score(service.begin, chosen, viewer(visitor)))
    return download(exports.export(rows, SCORE_COLUMNS, format), "scores", format)


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC, in which SQLite keeps what it compares. Raises InvalidDataError before year 1, after 9999."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidDataError(f"{moment.isoformat()} lies in UTC outside of the years 1 to 9999") from error
