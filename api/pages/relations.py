"""Pages of relations: one measure against another, and who is like whom; the address holds what was chosen."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.pages.benchmarks import find
from brainrank.api.pages.relation_charts import relation_chart, similarity_chart
from brainrank.api.pages.render import chart_answer, page
from brainrank.api.pages.section import Section
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.relations import MEAN, PARAMETERS, Relation, Relations
from brainrank.api.services.views.similarity import JUDGEMENTS, PERSON, REGION, SimilarityMap
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError
from brainrank.benchmark.types.metric import AnswerDrawing

router = APIRouter(include_in_schema=False)
SECTION = Section(5, "/relations", "Relations")
# Fewer models than this leave a bootstrap interval too narrow, and one model can decide the correlation.
FEW = 20
Key = Annotated[str, Query(max_length=300)]


@router.get("/relations")
def show_relation(
    request: Request, service: TheService, boards: TheLeaderboardCache, *, x: Key = PARAMETERS, y: Key = MEAN
) -> Response:
    """Show one measure of models against another."""
    with service.begin() as session:
        relations = Relations(session, boards)
        found, fault = _relate(relations, x, y)
    kinds = list(dict.fromkeys(each.kind for each in relations.measures.values()))
    return page(
        request,
        "relations.html",
        section=SECTION.name,
        kinds={kind: [each for each in relations.measures.values() if each.kind == kind] for kind in kinds},
        x=x,
        y=y,
        found=found,
        fault=fault,
        few=FEW,
        source=f"/charts/relations?{urlencode({'x': x, 'y': y})}",
        swapped=f"/relations?{urlencode({'x': y, 'y': x})}",
    )


def _relate(relations: Relations, x: str, y: str) -> tuple[Relation | None, str]:
    try:
        return relations.relate(x, y), ""
    except UnknownNameError as error:
        return None, str(error)


@router.get("/relations/similarity")
def show_similarity(
    request: Request, service: TheService, boards: TheLeaderboardCache, *, benchmark: Key = ""
) -> Response:
    """Show who is like whom on a benchmark's images."""
    with service.begin() as session:
        scored = Relations(session, boards).measures
    offered = [each for each in service.similarities.benchmarks if each.name in scored]
    chosen, fault = _choose_benchmark(boards, benchmark or (offered[0].name if offered else ""))
    found: SimilarityMap | None = None
    if chosen is not None:
        try:
            found = service.similarities.of(chosen)
        except BrainrankError as error:
            fault = str(error)
    return page(
        request,
        "similarity.html",
        section=SECTION.name,
        offered=offered,
        chosen=chosen,
        found=found,
        fault=fault,
        measured=(REGION, JUDGEMENTS, PERSON),
        by_errors=chosen is not None and isinstance(chosen.metric.drawing, AnswerDrawing),
        source=f"/charts/similarity?{urlencode({'benchmark': chosen.name if chosen else ''})}",
    )


def _choose_benchmark(boards: LeaderboardCache, name: str) -> tuple[Benchmark | None, str]:
    if not name:
        return None, ""
    try:
        return boards.catalogue.benchmark(name), ""
    except UnknownNameError as error:
        return None, str(error)


@router.get("/charts/relations")
def relation(request: Request, service: TheService, boards: TheLeaderboardCache, *, x: Key, y: Key) -> Response:
    """One measure against another."""
    with service.begin() as session:
        return chart_answer(request, relation_chart(Relations(session, boards).relate(x, y)))


@router.get("/charts/similarity")
def similarity(request: Request, service: TheService, *, benchmark: Key) -> Response:
    """Who is like whom."""
    return chart_answer(request, similarity_chart(service.similarities.of(find(service, benchmark))))
