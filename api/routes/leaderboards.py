"""/v1/leaderboards: who stands where."""

from collections import Counter
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from brainrank.api.board_schemas import BoardAnswer, BoardsAnswer, LeaderboardAnswer
from brainrank.api.repositories.standings import Selection
from brainrank.api.routes.caching import JSON, cacheable_answer, not_modified
from brainrank.api.routes.dependencies import TheLeaderboardCache
from brainrank.api.services.boards import exports
from brainrank.api.services.boards.exports import BOARD_COLUMNS, Format
from brainrank.api.services.boards.standings import Shown
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.types.convention import Convention

router = APIRouter(prefix="/v1/leaderboards", tags=["leaderboards"])
MEDIA_TYPES = {Format.CSV: "text/csv", Format.JSON: JSON, Format.PARQUET: "application/vnd.apache.parquet"}
Families = Annotated[list[str], Query(max_length=50, description="Of any of these families.")]
Trainings = Annotated[list[str], Query(max_length=50, description="Trained on any of these, as the card says.")]
Objectives = Annotated[list[str], Query(max_length=50, description="Trained by any of these, as the card says.")]
Board = Annotated[str, Path(max_length=200, description="all, a group, or a benchmark.")]
AsFile = Annotated[Format, Query(description="The kind of file.")]


def selection(
    *,
    family: Families = [],  # noqa: B006 FastAPI copies it
    training_data: Trainings = [],  # noqa: B006
    objective: Objectives = [],  # noqa: B006
    text: Annotated[str, Query(max_length=200, description="In name, family, training data or objective.")] = "",
    reverse: Annotated[bool, Query(description="The other way round.")] = False,
) -> Selection:
    """Which lines, and in which order."""
    return Selection(family, training_data, objective, text, reverse=reverse)


Selected = Annotated[Selection, Depends(selection)]
As = Annotated[
    Convention | None,
    Query(
        description="How values are shown. explained: as shares of the noise ceiling, unless told otherwise on boards "
        "of several benchmarks; raw: as stored, also where none of them has a noise ceiling."
    ),
]
Day = Annotated[str, Query(alias="as_of", max_length=10, description="As it was when a day (UTC) ended: 2026-11-22.")]
Sort = Annotated[str, Query(max_length=200, description="mean, model, coverage, or a group or benchmark of the board.")]


@router.get("", response_model=BoardsAnswer)
def list_boards(request: Request, boards: TheLeaderboardCache) -> Response:
    """List the leaderboards: of all benchmarks, of each group, of each benchmark."""
    benchmarks = boards.catalogue.benchmarks.values()
    sizes = {EVERYTHING: len(benchmarks), **Counter(each.group for each in benchmarks)}
    found = [BoardAnswer(name=name, benchmarks=size) for name, size in sizes.items()]
    found += [BoardAnswer(name=each.name, benchmarks=1) for each in benchmarks]
    return cacheable_answer(request, BoardsAnswer(boards=found, conventions=list(Convention)))


@router.get("/{name}", response_model=LeaderboardAnswer)
def get_leaderboard(
    request: Request,
    name: Board,
    boards: TheLeaderboardCache,
    selected: Selected,
    *,
    convention: As = None,
    as_of: Day = "",
    sort: Sort = "mean",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many lines to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many lines at most.")] = 25,
) -> Response:
    """Show a page of a leaderboard: ranks with intervals, and each score beside its run.

    Ranks, means and intervals are those among all models of the board, whatever is filtered.
    """
    key = boards.key(name, convention, as_of)
    if "if-none-match" in request.headers:
        edition = boards.edition(key)
        known = not_modified(request, edition) if edition is not None else None
        if known is not None:
            return known
    chosen = replace(selected, offset=offset, limit=limit)
    shown = boards.usual_page(name, chosen, convention=convention, day=as_of, sort=sort)
    return cacheable_answer(request, _body(shown, offset), edition=shown.edition)


@router.get("/{name}/export", response_class=StreamingResponse)
def export_leaderboard(
    name: Board,
    boards: TheLeaderboardCache,
    selected: Selected,
    *,
    convention: As = None,
    as_of: Day = "",
    sort: Sort = "mean",
    format: AsFile = Format.CSV,
) -> StreamingResponse:
    """Export a leaderboard, a row for each score."""
    shown = boards.usual_page(name, selected, convention=convention, day=as_of, sort=sort)
    return download(exports.export(exports.page_rows(shown.page), BOARD_COLUMNS, format), name, format)


def download(content: exports.Pieces, name: str, format: Format) -> StreamingResponse:
    """A file to be saved under the name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"', "Cache-Control": "no-store"}
    return StreamingResponse(content, media_type=MEDIA_TYPES[format], headers=headers)


def _body(shown: Shown, offset: int) -> bytes:
    """A LeaderboardAnswer; head and lines are stored as JSON and are put together as they are."""
    page = shown.page
    return (
        f'{{"board":{page.head},"computed_at":"{page.computed_at.isoformat()}","stale":{str(shown.stale).lower()},'
        f'"total":{page.total},"offset":{offset},"rows":[{",".join(page.lines)}]}}'
    ).encode()
