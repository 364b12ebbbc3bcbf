"""A model's page: what it is, how it scores against ceilings, and what its scores are made of."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.pages import models, score_figures
from brainrank.api.pages.models import NO_LINES, Word, board_lines
from brainrank.api.pages.render import chart_answer, page
from brainrank.api.pages.run_charts import ScoredRun
from brainrank.api.pages.run_evidence import behaviour_evidence, rdm_evidence
from brainrank.api.repositories import scores
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.repositories.scores import StoredScore, Wanted
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.routes.service import Service
from brainrank.api.services.views.known_models import model_page
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.metric import AnswerDrawing, RdmDrawing
from brainrank.benchmark.types.score import LayerScore, Score

router = APIRouter(include_in_schema=False)
HISTORY = 500


class Row(NamedTuple):
    """A model's newest score on a benchmark."""

    benchmark: Benchmark
    run: StoredRun


class Group(NamedTuple):
    """A group's rows, the track of all groups' bars, and their layer curves as a table, a row per layer."""

    name: str
    rows: Sequence[Row]
    scale: tuple[float, float]
    curved: Sequence[Row]
    layers: Mapping[str, Sequence[LayerScore | None]]


class Past(NamedTuple):
    """A run, and whether it is the one that counts."""

    stored: StoredScore
    counts: bool


@router.get("/charts/curves")
def get_curves(
    request: Request, service: TheService, model: Annotated[str, Query(max_length=500)], group: Word
) -> Response:
    """A model's layer curves on the benchmarks of a group."""
    with service.begin() as session:
        _, found = model_page(session, model, service.catalogue, EVERYBODY)
    rows = [row for each in _groups(service, [run for run, _ in found]) if each.name == group for row in each.curved]
    drawn = score_figures.layer_curves([score_figures.curve(row.benchmark.name, row.run.score) for row in rows])
    return chart_answer(request, drawn)


@router.get("/models/{name:path}")
def show_model(
    request: Request,
    name: str,
    service: TheService,
    boards: TheLeaderboardCache,
    *,
    rdm: Word = "",
    behaviour: Word = "",
) -> Response:
    """Show a model; `rdm` and `behaviour` are the benchmarks that are looked at closer."""
    with service.begin() as session:
        model, found = model_page(session, name, service.catalogue, EVERYBODY)
        past = scores.newest(session, Wanted(models=(name,)), viewer=EVERYBODY, before=None, limit=HISTORY)
    groups = _groups(service, [run for run, _ in found])
    rows = [row for group in groups for row in group.rows]
    of_rdms = [
        row for row in rows if isinstance(row.benchmark.metric.drawing, RdmDrawing) and row.run.score.layer_curve
    ]
    of_behaviour = [
        row
        for row in rows
        if isinstance(row.benchmark.metric.drawing, AnswerDrawing) and not math.isnan(row.run.score.value)
    ]
    rdm_row, behaviour_row = _row_named(of_rdms, rdm), _row_named(of_behaviour, behaviour)
    lines, head = board_lines(boards, name) if rows else NO_LINES
    current = {row.run.run_id for row in rows}
    return page(
        request,
        "model.html",
        section=models.SECTION.name,
        model=model,
        line=lines.get(name),
        board=head,
        groups=groups,
        of_rdms=of_rdms,
        rdm_row=rdm_row,
        rdms=rdm_row and rdm_evidence(ScoredRun(rdm_row.run, service), whole=False),
        of_behaviour=of_behaviour,
        behaviour_row=behaviour_row,
        behaviour=behaviour_row and behaviour_evidence(ScoredRun(behaviour_row.run, service), whole=False),
        subjects=[row for row in rows if len(row.run.score.per_subject) > 1],
        past=[Past(each, each.run_id in current) for each in past],
    )


def track(found: Iterable[Score]) -> tuple[float, float]:
    """From 0, or the least, to the greatest of scores, intervals and ceilings: what their bars are drawn on."""
    ends = [0.0]
    for score in found:
        ends += [score.value, score.interval.low, score.interval.high, score.ceiling.lower, score.ceiling.upper]
    known = [each for each in ends if math.isfinite(each)]
    return min(known), max(*known, 0.01)


def _groups(service: Service, found: Sequence[StoredRun]) -> Sequence[Group]:
    benchmarks = service.catalogue.benchmarks
    by_name = {run.benchmark: run for run in found}
    rows = [Row(each, by_name[name]) for name, each in benchmarks.items() if name in by_name]
    scale = track(row.run.score for row in rows)
    return [
        _group(name, [row for row in rows if row.benchmark.group == name], scale)
        for name in dict.fromkeys(row.benchmark.group for row in rows)
    ]


def _group(name: str, rows: Sequence[Row], scale: tuple[float, float]) -> Group:
    curved = [row for row in rows if len(row.run.score.layer_curve) > 1]
    curves = [{each.layer: each for each in row.run.score.layer_curve} for row in curved]
    layers = dict.fromkeys(layer for curve in curves for layer in curve)
    table = {layer: [curve.get(layer) for curve in curves] for layer in layers}
    return Group(name, rows, scale, curved, table)


def _row_named(rows: Sequence[Row], name: str) -> Row | None:
    """The row of that name, else the first."""
    return next((row for row in rows if row.benchmark.name == name), rows[0] if rows else None)
