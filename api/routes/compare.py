"""/v1/compare: models against each other."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.board_schemas import ComparisonAnswer
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService, Visitor
from brainrank.api.routes.leaderboards import As
from brainrank.api.services.boards import comparison
from brainrank.api.services.boards.comparison_json import comparison_json
from brainrank.api.services.runs.visible_runs import viewer
from brainrank.benchmark.scoring.catalogue import EVERYTHING

router = APIRouter(prefix="/v1/compare", tags=["leaderboards"])


@router.get("", response_model=ComparisonAnswer)
def compare_models(
    request: Request,
    service: TheService,
    boards: TheLeaderboardCache,
    visitor: Visitor,
    *,
    models: Annotated[list[str], Query(min_length=1, max_length=50, description="2 to 10 models, one by one.")],
    board: Annotated[str, Query(max_length=200, description="all, a group, or a benchmark.")] = EVERYTHING,
    convention: As = None,
) -> Response:
    """Compare models pair by pair, on the benchmarks both have and the same bootstrap draws.

    With a token also on scores of one's own.
    """
    benchmarks = boards.benchmarks(board)
    with service.begin() as session:
        found = comparison.compare(session, models, benchmarks, convention=convention, viewer=viewer(visitor))
    return cacheable_answer(request, comparison_json(found, board), private=visitor is not None)
