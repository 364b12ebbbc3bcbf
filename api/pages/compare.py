"""The page that compares two to six models; the address says which, on what board, and on what they are looked at."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from brainrank.api.pages.compare_charts import forest, points
from brainrank.api.pages.compare_courses import courses_content
from brainrank.api.pages.leaderboard import tabs
from brainrank.api.pages.render import chart_answer, page
from brainrank.api.pages.section import Section
from brainrank.api.pages.stimuli import stimulus_address
from brainrank.api.repositories import models as stored_models
from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.routes.leaderboards import As
from brainrank.api.routes.service import Service
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.side_by_side import FEWEST, MOST, SideBySide, is_told_apart, side_by_side
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.views.disagreements import Disagreement, disagreement, paired_scores
from brainrank.api.services.views.rdm_disagreement import ImagePlace, image_places
from brainrank.api.services.views.run_behaviour import scored_trials
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import AnswerDrawing, RdmDrawing

router = APIRouter(include_in_schema=False)
SECTION = Section(4, "/compare", "Compare")
IMAGES = 12
Windows = Annotated[list[Annotated[str, Query(max_length=40)]], Query(max_length=6)]
Models = Annotated[list[str], Query(max_length=50)]
Word = Annotated[str, Query(max_length=200)]
RunNumber = Annotated[int, Query(ge=1, le=LARGEST_NUMBER)]


@router.get("/compare")
def show_comparison(
    request: Request,
    service: TheService,
    boards: TheLeaderboardCache,
    *,
    models: Models = [],  # noqa: B006 FastAPI copies it
    board: Word = EVERYTHING,
    convention: As = None,
    on: Word = "",
    against: Word = "",
    window: Windows = [],  # noqa: B006 as above
) -> Response:
    """Show models side by side, or the form to choose them by."""
    names = list(dict.fromkeys(each.strip() for each in models if each.strip()))
    with service.begin() as session:
        known = sorted(stored_models.scored_models(session, EVERYBODY))
        found, fault = _compare(session, boards, names, board, convention)
        shown = found.comparison.convention if found else boards.convention(EVERYTHING, convention)
        content: Mapping[str, Any] = (
            {} if found is None else _content(session, service, boards, found, on, against, window)
        )
    return page(
        request,
        "compare.html",
        section=SECTION.name,
        names=names,
        fields=range(min(MOST, max(3, len(names) + 1))),
        known=known,
        boards=list(dict.fromkeys([*tabs(boards), board])),
        board=board,
        convention=shown,
        conventions=list(Convention),
        found=found,
        fault=fault,
        told_apart=is_told_apart,
        benchmark_of=boards.catalogue.benchmark,
        link=lambda **changes: _address(names, board, shown, **{"on": on, "against": against, **changes}),
        forest=f"/charts/compare/forest?{_query(names, board, shown)}",
        **content,
    )


def _compare(
    session: Session, boards: LeaderboardCache, names: Sequence[str], board: str, convention: Convention | None
) -> tuple[SideBySide | None, str]:
    """The comparison, or why there is none."""
    if len(names) < FEWEST:
        return None, ""
    try:
        if len(names) > MOST:
            raise UserError(f"{len(names)} models are too many for one page; name {FEWEST} to {MOST}")
        return _side_by_side(session, boards, names, board, convention), ""
    except UserError as error:
        return None, str(error)


def _side_by_side(
    session: Session, boards: LeaderboardCache, names: Sequence[str], board: str, convention: Convention | None
) -> SideBySide:
    return side_by_side(session, names, boards.benchmarks(board), convention=convention, viewer=EVERYBODY)


def _content(
    session: Session,
    service: Service,
    boards: LeaderboardCache,
    found: SideBySide,
    on: str,
    against: str,
    windows: Sequence[str],
) -> Mapping[str, Any]:
    """What is shown of the first model and one other on one benchmark that both have."""
    first = found.models[0]
    other = against if against in found.models[1:] else found.models[1]
    catalogue = boards.catalogue
    common = [each for each in found.scores[first] if each in found.scores[other]]
    place = {each: number for number, each in enumerate(catalogue.benchmarks)}
    common.sort(key=lambda each: place.get(each, len(place)))
    if not common:
        return {"first": first, "other": other, "common": common, "chosen": None}
    name = on if on in common else min(common, key=lambda each: _how_telling(catalogue.benchmark(each)))
    chosen = catalogue.benchmark(name)
    numbers = (found.scores[first][name].run_id, found.scores[other][name].run_id)
    disputed, why = _disagreement(session, service, chosen, numbers)
    places, unplaced = _places(session, service, chosen, (first, other))
    pictures, hidden = _pictures(service, chosen)
    return {
        "first": first,
        "other": other,
        "common": common,
        "chosen": chosen,
        "paired": paired_scores(*(visible_runs.run(session, each, EVERYBODY) for each in numbers)),
        "points": f"/charts/compare/points?{urlencode({'first': numbers[0], 'second': numbers[1]})}",
        "disputed": disputed,
        "why_undisputed": why,
        "places": places,
        "why_unplaced": unplaced,
        "most_images": IMAGES,
        "pictures": pictures,
        "hidden": hidden,
        **courses_content(session, numbers, windows),
    }


def _how_telling(benchmark: Benchmark) -> int:
    """Images tell most, then neurons and voxels; subjects are few."""
    drawing = benchmark.metric.drawing
    if isinstance(drawing, AnswerDrawing):
        return 0
    return 1 if drawing is None and Measure.RESPONSES in benchmark.metric.measures else 2


def _disagreement(
    session: Session, service: Service, benchmark: Benchmark, run_ids: tuple[int, int]
) -> tuple[Disagreement | None, str]:
    """On which images two runs' models disagree, or why that cannot be told."""
    if not isinstance(benchmark.metric.drawing, AnswerDrawing):
        return None, ""
    try:
        return disagreement(session, run_ids, scored_trials(benchmark, service.rdms)), ""
    except BrainrankError as error:
        return None, str(error)


def _places(
    session: Session, service: Service, benchmark: Benchmark, models: tuple[str, str]
) -> tuple[Sequence[ImagePlace], str]:
    """The images on which two models' RDMs agree least, or why that cannot be told."""
    if not isinstance(benchmark.metric.drawing, RdmDrawing):
        return (), ""
    version = {benchmark.name: benchmark.version}
    try:
        found = [runs.of_model(session, each, version, viewer=EVERYBODY)[0][0] for each in models]
        first, second = (service.rdms.of_model(each).pairs for each in found)
        brain, measured = service.rdms.of_brain(benchmark), service.rdms.assembly(benchmark)
        return image_places(measured.stimulus_ids, first, second, brain)[:IMAGES], ""
    except BrainrankError as error:
        return (), str(error)


def _pictures(service: Service, benchmark: Benchmark) -> tuple[Any, str]:
    """What makes an image's address, and why images are not shown where they are not."""
    hidden = service.studies.why_hidden(benchmark.dataset, benchmark.region)
    return (lambda stimulus: stimulus_address(benchmark.dataset, benchmark.region, stimulus)), hidden


@router.get("/charts/compare/forest")
def forest_chart(
    request: Request,
    service: TheService,
    boards: TheLeaderboardCache,
    *,
    models: Models,
    board: Word = EVERYTHING,
    convention: As = None,
) -> Response:
    """The first model less each other, on the mean and on each benchmark."""
    with service.begin() as session:
        found = _side_by_side(session, boards, models[:MOST], board, convention)
    return chart_answer(request, forest(found))


@router.get("/charts/compare/points")
def points_chart(request: Request, service: TheService, *, first: RunNumber, second: RunNumber) -> Response:
    """Two runs' scores of each target or subject."""
    with service.begin() as session:
        one, other = (visible_runs.run(session, each, EVERYBODY) for each in (first, second))
    found = paired_scores(one, other)
    if found is None:
        raise NotFoundError(f"Runs {first} and {second} have no scores of targets or subjects in common")
    return chart_answer(request, points(found, one.model, other.model))


def _query(names: Sequence[str], board: str, convention: Convention, **others: str) -> str:
    chosen = {"board": board if board != EVERYTHING else "", "convention": str(convention)}
    given = [(name, value) for name, value in {**chosen, **others}.items() if value]
    return urlencode([*(("models", each) for each in names), *given])


def _address(names: Sequence[str], board: str, convention: Convention, **others: Any) -> str:
    """The page's address with something else chosen; `first` is the model that the others are compared with."""
    first = others.pop("first", None)
    order = names if first is None else [first, *(each for each in names if each != first)]
    return f"/compare?{_query(order, board, convention, **others)}"
