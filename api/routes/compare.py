"""/v1/compare: models against each other."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.routes.caching import kept
from brainrank.api.routes.dependencies import TheBoards, TheService, Visitor
from brainrank.api.routes.leaderboards import As
from brainrank.api.score_schemas import ComparedAnswer, ComparisonAnswer, MeanAnswer
from brainrank.api.services import compare
from brainrank.api.services.compare import Pair
from brainrank.api.services.reading import viewer
from brainrank.api.services.standings import EVERYTHING
from brainrank.benchmark.conventions import Convention

router = APIRouter(prefix="/v1/compare", tags=["leaderboards"])


@router.get("", response_model=ComparisonAnswer)
def compare_models(
    request: Request,
    service: TheService,
    boards: TheBoards,
    visitor: Visitor,
    *,
    models: Annotated[list[str], Query(min_length=1, max_length=50, description="2 to 10 models, one by one.")],
    board: Annotated[str, Query(max_length=200, description="all, a group, or a benchmark.")] = EVERYTHING,
    convention: As = Convention.RAW,
) -> Response:
    """Compare models pair by pair on the same bootstrap draws; with a token also on scores of one's own."""
    benchmarks = boards.benchmarks(board)
    with service.begin() as session:
        found = compare.compare(session, models, benchmarks, convention=convention, viewer=viewer(visitor))
    answer = ComparisonAnswer(
        board=board,
        convention=convention,
        shared=list(found.shared),
        means=[MeanAnswer(model=name, mean=each.value, groups=dict(each.groups)) for name, each in found.means.items()],
        mean=_compared("mean", found.mean),
        benchmarks=[each for name, pairs in found.benchmarks.items() for each in _compared(name, pairs)],
    )
    return kept(request, answer, private=visitor is not None)


def _compared(name: str, pairs: Sequence[Pair]) -> list[ComparedAnswer]:
    return [
        ComparedAnswer(
            benchmark=name,
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
