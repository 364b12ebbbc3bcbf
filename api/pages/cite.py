"""How to cite a board as of a day, the studies it is made of, and a model's place on it as a badge."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from markupsafe import escape

from brainrank.api.number_text import places_text
from brainrank.api.pages.bibtex import board_entry, study_entry
from brainrank.api.pages.leaderboard import SECTION as BOARDS
from brainrank.api.pages.render import page
from brainrank.api.repositories.standings import Selection
from brainrank.api.routes.caching import cacheable_answer
from brainrank.api.routes.dependencies import TheLeaderboardCache
from brainrank.api.routes.leaderboards import Day
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.board_digest import board_digest
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.benchmark.scoring.catalogue import EVERYTHING

router = APIRouter(include_in_schema=False)
SVG, ENDING = "image/svg+xml", ".svg"
LETTER_PX, MARGIN_PX = 6.6, 7


@router.get("/cite/{name}")
def show_citation(request: Request, name: str, boards: TheLeaderboardCache, *, as_of: Day = "") -> Response:
    """Show how to cite a board: its address for good, the digest of its numbers, its studies."""
    day = as_of or str(datetime.now(UTC).date())
    shown = boards.usual_page(name, Selection(), convention=None, day=as_of)
    head, digest = read_head(shown.page), board_digest(read_lines(shown.page))
    address = f"{request.url.scheme}://{request.url.netloc}/leaderboards/{name}?as_of={day}"
    studies = dict.fromkeys(each.dataset for each in head.benchmarks)
    return page(
        request,
        "cite.html",
        section=BOARDS.name,
        name=name,
        day=day,
        ended=date.fromisoformat(day) < datetime.now(UTC).date(),
        address=address,
        digest=digest,
        board=board_entry(name, day=day, address=address, digest=digest),
        studies=[study_entry(boards.catalogue.dataset(each).card) for each in studies],
    )


@router.get("/badges/{name:path}")
def get_badge(
    request: Request,
    name: str,
    boards: TheLeaderboardCache,
    *,
    board: Annotated[str, Query(max_length=200)] = EVERYTHING,
) -> Response:
    """A model's place on a board as a small picture, MODEL.svg. Raises NotFoundError for a model that is not on it."""
    model = name.removesuffix(ENDING)
    shown = boards.usual_page(board, Selection(text=model), convention=None)
    line = next((each for each in read_lines(shown.page) if each.model == model), None)
    if line is None or not name.endswith(ENDING):
        raise NotFoundError(f"There is no badge '{name[:100]}'; it is MODEL.svg, of a model on the board {board}")
    place = "not ranked" if line.rank is None else f"rank {places_text(line.rank, line.last_rank)}"
    drawn = badge("brainrank" if board == EVERYTHING else f"brainrank {board}", place)
    answer = cacheable_answer(request, drawn.encode(), media_type=SVG)
    # It is there to be shown on other sites.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def badge(left: str, right: str) -> str:
    """Two words side by side, the right one on colour."""
    widths = [round(LETTER_PX * len(each) + 2 * MARGIN_PX) for each in (left, right)]
    whole, text = sum(widths), f"{escape(left)}: {escape(right)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{text}">'
        f'<title>{text}</title><clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{widths[0]}" height="20" fill="#3a4250"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="20" fill="#14559c"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{MARGIN_PX}" y="14">{escape(left)}</text>'
        f'<text x="{widths[0] + MARGIN_PX}" y="14">{escape(right)}</text>'
        "</g></svg>"
    )
