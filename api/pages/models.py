"""The list of models."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from brainrank.api.board_schemas import BoardColumns, BoardLine
from brainrank.api.pages.leaderboard import scale
from brainrank.api.pages.render import page
from brainrank.api.pages.section import Section
from brainrank.api.repositories.standings import Selection
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.services.access.refusals import NotReadyError
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.known_models import KnownModel, known_models
from brainrank.benchmark.scoring.catalogue import EVERYTHING

router = APIRouter(include_in_schema=False)
SECTION = Section(2, "/models", "Models")
ROWS = 200
Word = Annotated[str, Query(max_length=200)]


@router.get("/models")
def show_models(
    request: Request,
    service: TheService,
    boards: TheLeaderboardCache,
    *,
    text: Word = "",
    family: Word = "",
    objective: Word = "",
    training_data: Word = "",
    scored: Annotated[str, Query(pattern="^(yes|no|)$")] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """List the models of the catalogue and those that were scored, with mean and rank."""
    with service.begin() as session:
        known = known_models(session, EVERYBODY)
    chosen = {"family": family, "objective": objective, "training_data": training_data, "scored": scored}
    found = [each for each in known if text.lower() in _words(each) and _fits(each, chosen)]
    lines, head = board_lines(boards)
    order = {name: place for place, name in enumerate(lines)}
    found.sort(key=lambda each: (order.get(each.spec.name, len(order)), each.spec.name))
    return page(
        request,
        "models.html",
        section=SECTION.name,
        models=found[offset : offset + ROWS],
        lines=lines,
        counted=head.counted,
        scale=scale(list(lines.values())),
        text=text,
        chosen=chosen,
        choices={
            name: sorted({_filter_values(each)[name] for each in known} - {""}) for name in chosen if name != "scored"
        },
        total=len(known),
        count=len(found),
        offset=offset,
        rows=ROWS,
    )


class BoardLines(NamedTuple):
    """Lines by model of the board of everything, and what is to be known of it beside them."""

    by_model: Mapping[str, BoardLine]
    head: BoardColumns


NO_LINES = BoardLines({}, BoardColumns(convention="", groups=[], counted=0, benchmarks=[]))


def board_lines(boards: LeaderboardCache, name: str = "") -> BoardLines:
    """The lines of the board of everything, or only that model's; none while a large board is computed."""
    try:
        shown = boards.page(boards.key(EVERYTHING, None), Selection(text=name))
    except NotReadyError:
        return NO_LINES
    lines = read_lines(shown.page)
    if not lines:
        return NO_LINES
    found = {line.model: line for line in lines if name in ("", line.model)}
    return BoardLines(found, read_head(shown.page))


def _filter_values(model: KnownModel) -> Mapping[str, str]:
    card = model.card
    return {
        "family": model.spec.family,
        "objective": str(card.objective) if card else "",
        "training_data": card.training_data if card else "",
        "scored": "yes" if model.scored else "no",
    }


def _fits(model: KnownModel, chosen: Mapping[str, str]) -> bool:
    told = _filter_values(model)
    return all(value in ("", told[name]) for name, value in chosen.items())


def _words(model: KnownModel) -> str:
    return f"{model.spec.name} {model.spec.description} {' '.join(_filter_values(model).values())}".lower()
