"""/v1/compare: models against each other."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.board_schemas import ComparedAnswer, ComparisonAnswer, MeanAnswer
from brainrank.api.routes.caching import kept
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService, Visitor
from brainrank.api.routes.leaderboards import As
from brainrank.api.services.boards import comparison
from brainrank.api.services.boards.comparison import Mean, Pair
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
    shown = boards.convention(board, convention)
    with service.begin() as session:
        found = comparison.compare(session, models, benchmarks, convention=shown, viewer=viewer(visitor))
    answer = ComparisonAnswer(
        board=board,
        convention=shown,
        counted=list(found.counted),
        means=[_mean(name, each) for name, each in found.means.items()],
        mean=_compared("mean", found.mean),
        benchmarks=[each for name, pairs in found.benchmarks.items() for each in _compared(name, pairs)],
    )
    return kept(request, answer, private=visitor is not None)


def _mean(name: str, found: Mean) -> MeanAnswer:
    return MeanAnswer(
        model=name,
        mean=found.value,
        low=found.interval.low,
        high=found.interval.high,
        coverage=found.coverage,
        groups=dict(found.groups),
    )


def _compared(name: str, pairs: Sequence[Pair]) -> list[ComparedAnswer]:
    return [
        ComparedAnswer(
            benchmark=name,
            convention=each.convention,
            shared=list(each.shared),
            first=each.first,
            second=each.second,
            difference=each.paired.difference,
            low=each.paired.interval.low,
            high=each.paired.interval.high,
            p=each.paired.p,
            q=each.q,
        )
        for each in pairs
    ]
