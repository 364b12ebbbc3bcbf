"""What there is to score on: benchmarks by group, and each with its metric, its ceiling and its models."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from fastapi import APIRouter, Request, Response

from brainrank.api.board_schemas import BoardColumn, BoardLine
from brainrank.api.pages import score_figures
from brainrank.api.pages.charts import family_style
from brainrank.api.pages.leaderboard import scale
from brainrank.api.pages.metric_parameters import parameters
from brainrank.api.pages.recovery_chart import recovery_chart
from brainrank.api.pages.render import chart_answer, page
from brainrank.api.pages.section import Section
from brainrank.api.pages.stimuli import a_few, pictures_of
from brainrank.api.repositories.standings import Selection
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.routes.service import Service
from brainrank.api.score_json import IntervalJson, Number
from brainrank.api.services.access.refusals import NotFoundError, NotReadyError
from brainrank.api.services.analysis.observer_groups import GroupAnalysis
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.open_catalogue import sizes
from brainrank.api.services.views.other_brains import other_brains
from brainrank.api.services.views.recovery_results import recovery_facts, stored_recovery, why_not_recovered
from brainrank.api.services.views.run_behaviour import scored_trials
from brainrank.api.services.views.run_people import of_people
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.metric import AnswerDrawing
from brainrank.benchmark.types.score import NoiseCeiling
from brainrank.datasets.published.catalogue import CATALOGUE as PUBLISHED

router = APIRouter(include_in_schema=False)
SECTION = Section(3, "/benchmarks", "Benchmarks")
PICTURES, BEST = 12, 10
UNTRAINED = "untrained"
"""The family of networks without training."""


class Board(NamedTuple):
    """A board: what is known of its benchmarks by name, and its lines; both empty while it is computed."""

    columns: Mapping[str, BoardColumn]
    lines: Sequence[BoardLine]


@router.get("/benchmarks")
def show_benchmarks(
    request: Request, service: TheService, boards: TheLeaderboardCache, *, everything: bool = False
) -> Response:
    """List the benchmarks by group: those whose data can be had or that have scores, or all."""
    board = read_board(boards, EVERYTHING)
    scored = Counter(name for line in board.lines for name in line.scores)
    every = list(service.catalogue.benchmarks.values())
    data = {each.name: at_hand(service, each) for each in every}
    found = [each for each in every if everything or data[each.name] != BY_HAND or scored[each.name]]
    return page(
        request,
        "benchmarks.html",
        section=SECTION.name,
        groups={name: [each for each in found if each.group == name] for name in dict.fromkeys(e.group for e in found)},
        columns=board.columns,
        scored=scored,
        data=data,
        total=len(every),
        count=len(found),
        n_datasets=len(service.catalogue.datasets),
        published=list(PUBLISHED),
    )


@router.get("/charts/benchmarks/{name}")
def get_distribution(request: Request, name: str, service: TheService, boards: TheLeaderboardCache) -> Response:
    """All models' scores on a benchmark."""
    benchmark = find(service, name)
    board = read_board(boards, name)
    about = board.columns.get(name)
    dots = [
        score_figures.Dot(line.model, line.family, cell.raw, *_bounds(cell.raw_interval))
        for line in board.lines
        if (cell := line.scores.get(benchmark.name)) and cell.raw is not None
    ]
    looks = {each.family: family_style(each.family) for each in dots}
    drawn = score_figures.distribution(dots, looks, about.unit if about else "", _ceiling(about))
    return chart_answer(request, drawn)


@router.get("/charts/benchmarks/{name}/recovery")
def get_recovery(request: Request, name: str, service: TheService) -> Response:
    """Which models the benchmark would tell from which."""
    benchmark = find(service, name)
    found = stored_recovery(benchmark)
    if found is None:
        raise NotFoundError(f"{name}: {why_not_recovered(benchmark)}")
    return chart_answer(request, recovery_chart(found.as_measured))


@router.get("/benchmarks/{name}")
def show_benchmark(request: Request, name: str, service: TheService, boards: TheLeaderboardCache) -> Response:
    """Show a benchmark."""
    benchmark = find(service, name)
    study = service.studies.dataset(benchmark.dataset)
    board = read_board(boards, name)
    stimuli = pictures_of(service.studies, benchmark.dataset, benchmark.region)
    measured, recovery = _sizes(service, benchmark), stored_recovery(benchmark)
    return page(
        request,
        "benchmark.html",
        section=SECTION.name,
        benchmark=benchmark,
        study=study,
        subject=service.catalogue.subject(benchmark),
        parameters=parameters(benchmark.metric),
        about=board.columns.get(name),
        untrained=untrained_scores(board.lines, benchmark.name),
        brains=other_brains(benchmark),
        lines=board.lines[:BEST],
        total=len(board.lines),
        scale=scale(board.lines[:BEST]),
        sizes=measured,
        recovery=recovery,
        recovery_facts=[] if recovery is None else recovery_facts(recovery, measured),
        why_not_recovered=why_not_recovered(benchmark),
        data=at_hand(service, benchmark),
        pictures=a_few(stimuli, PICTURES),
        n_stimuli=len(stimuli),
        hidden=service.studies.why_hidden(benchmark.dataset, benchmark.region),
        people=_people(service, benchmark),
    )


def untrained_scores(lines: Sequence[BoardLine], benchmark: str) -> list[float]:
    """The raw scores of networks without training, ascending: the floor that training is to rise above."""
    cells = (each.scores.get(benchmark) for each in lines if each.family == UNTRAINED)
    return sorted(cell.raw for cell in cells if cell is not None and cell.raw is not None)


HERE, FETCHED, BY_HAND = "here", "fetched when first used", "got by hand, not here"


def at_hand(service: Service, benchmark: Benchmark) -> str:
    """Where a benchmark's data are."""
    if service.studies.is_here(benchmark.dataset, benchmark.region):
        return HERE
    by_hand = benchmark.region in service.studies.dataset(benchmark.dataset).by_hand
    return BY_HAND if by_hand else FETCHED


def find(service: Service, name: str) -> Benchmark:
    """The benchmark of that name. Raises NotFoundError with the nearest names."""
    try:
        return service.catalogue.benchmark(name)
    except UserError as error:
        raise NotFoundError(str(error)) from error


def read_board(boards: LeaderboardCache, name: str) -> Board:
    """A board of all models."""
    try:
        found = boards.page(boards.key(name, None), Selection()).page
    except NotReadyError:
        return Board({}, [])
    return Board({each.name: each for each in read_head(found).benchmarks}, read_lines(found))


def _people(service: Service, benchmark: Benchmark) -> GroupAnalysis | None:
    """Groups of people, such as ages, with each other; None where there are none, or the study is not here."""
    if not isinstance(benchmark.metric.drawing, AnswerDrawing) or at_hand(service, benchmark) != HERE:
        return None
    return of_people(scored_trials(benchmark, service.rdms))


def _sizes(service: Service, benchmark: Benchmark) -> Mapping[str, int]:
    """How much was measured; of studies that one gets oneself, which may be of many gigabytes, the title tells it."""
    by_hand = benchmark.region in service.studies.dataset(benchmark.dataset).by_hand
    if by_hand or not service.studies.is_here(benchmark.dataset, benchmark.region):
        return {}
    return sizes(service.rdms.assembly(benchmark))


def _bounds(interval: IntervalJson) -> tuple[float, float]:
    return _number(interval.low), _number(interval.high)


def _ceiling(about: BoardColumn | None) -> NoiseCeiling:
    lower, upper = (about.ceiling.lower, about.ceiling.upper) if about else (None, None)
    return NoiseCeiling(_number(lower), _number(upper))


def _number(stored: Number) -> float:
    return np.nan if stored is None else stored
