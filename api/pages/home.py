"""The first page: what this is, with the current table, in one screen."""

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.leaderboard import choices_of, scale
from brainrank.api.pages.render import page
from brainrank.api.repositories.standings import Selection
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.benchmark.scoring.catalogue import EVERYTHING

router = APIRouter(include_in_schema=False)
ROWS = 10


@router.get("/")
def show_home(request: Request, boards: TheLeaderboardCache, service: TheService) -> Response:
    """Show what this is, and who leads."""
    shown = boards.page(boards.key(EVERYTHING, None), Selection(limit=ROWS))
    head, rows = read_head(shown.page), read_lines(shown.page)
    return page(
        request,
        "home.html",
        rows=rows,
        groups=[each.name for each in choices_of(head) if each.is_group and each.counted],
        n_benchmarks=len(boards.catalogue.benchmarks),
        n_datasets=len(boards.catalogue.datasets),
        total=shown.page.total,
        scale=scale(rows),
        board=head,
        origins=service.origins.now(),
    )
