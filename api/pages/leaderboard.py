"""The leaderboard page: one row a model; the address holds everything that was chosen, so that it can be shared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup, escape

from brainrank.api.board_schemas import BoardCell, BoardColumn, BoardColumns, BoardLine
from brainrank.api.pages.render import page, score, shade
from brainrank.api.pages.section import Section
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.routes.dependencies import TheLeaderboardCache, TheService
from brainrank.api.routes.leaderboards import As, Day, Selected, Sort
from brainrank.api.score_json import CeilingJson
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.recovery_results import cannot_tell, stored_recovery
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.types.convention import Convention

router = APIRouter(include_in_schema=False)
SECTION = Section(1, "/leaderboards/all", "Leaderboard")
ROWS = 50
NOT_SCORED = Markup('<td class="v none"><span title="not scored">–</span></td>')
SIZES = (ROWS, 100, 300, 1000)
MOST_COLUMNS = 60


@dataclass(frozen=True)
class Column:
    """A column of numbers: a group's means, or a benchmark's scores with their ceiling.

    `why` one is not `counted` stands in words, and so does what it `cannot_tell`: most of the models shown apart.
    """

    name: str
    label: str
    study: str
    title: str
    ceiling: CeilingJson | None
    is_group: bool
    counted: bool
    why: str = ""
    cannot_tell: str = ""


@router.get("/leaderboards/{name}")
def show_leaderboard(
    request: Request,
    name: str,
    boards: TheLeaderboardCache,
    service: TheService,
    selected: Selected,
    *,
    convention: As = None,
    as_of: Day = "",
    sort: Sort = "mean",
    columns: Annotated[list[str], Query(max_length=MOST_COLUMNS)] = [],  # noqa: B006 FastAPI copies it
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = ROWS,
) -> Response:
    """Show a page of a board."""
    key = boards.key(name, convention, as_of)
    chosen = replace(selected, offset=offset, limit=limit)
    shown = boards.usual_page(name, chosen, convention=convention, day=as_of, sort=sort)
    head, rows = read_head(shown.page), read_lines(shown.page)
    known = choices_of(head)
    chosen_columns = _choose_columns(known, columns, name)
    origins = service.origins.now()
    return page(
        request,
        "leaderboard.html",
        section=SECTION.name,
        board=head,
        tabs=tabs(boards),
        rows=rows,
        known=known,
        columns=[_with_power(boards, each, rows) for each in chosen_columns],
        scale=scale(rows),
        cells=partial(cells, marked=0 < origins.published < sum(origins.counts.values())),
        origins=origins,
        found=boards.choices(key),
        chosen=selected,
        convention=head.convention,
        conventions=list(Convention),
        as_of=as_of,
        sort=sort,
        sizes=SIZES,
        offset=offset,
        limit=limit,
        total=shown.page.total,
        stale=shown.stale,
        computed_at=shown.page.computed_at,
        exports=_with(request, "/v1/leaderboards/" + name + "/export", drop=("columns", "offset", "limit")),
        link=lambda **changes: _with(request, request.url.path, **changes),
    )


def tabs(boards: LeaderboardCache) -> Sequence[str]:
    """The boards of groups, after that of everything."""
    return [EVERYTHING, *dict.fromkeys(each.group for each in boards.catalogue.benchmarks.values())]


def choices_of(head: BoardColumns) -> Sequence[Column]:
    """The columns that a board can show: its groups, then its benchmarks."""
    counted = {each.group for each in head.benchmarks if each.counted}
    groups = [
        Column(each, each, "", f"Mean of {each}", None, is_group=True, counted=each in counted) for each in head.groups
    ]
    return [*groups, *(_benchmark(each, _label(each, head.benchmarks)) for each in head.benchmarks)]


def _label(column: BoardColumn, others: Sequence[BoardColumn]) -> str:
    """A benchmark's region, and its metric where the board has another one of that region."""
    region = column.name.rpartition(".")[0]
    alone = sum(each.name.rpartition(".")[0] == region for each in others) == 1
    rest = column.name.partition(".")[2]
    return (rest.rpartition(".")[0] or rest) if alone else rest.replace(".", " ")


def _benchmark(each: BoardColumn, label: str) -> Column:
    study = each.name.partition(".")[0]
    title = f"{each.title} ({each.metric}, {each.unit})"
    return Column(
        name=each.name,
        label=label,
        study=study,
        title=title,
        ceiling=each.ceiling,
        is_group=False,
        counted=each.counted,
        why=each.not_counted,
    )


def _with_power(boards: LeaderboardCache, column: Column, rows: Sequence[BoardLine]) -> Column:
    """A benchmark's column with what it cannot tell of the models shown, as far as that was simulated."""
    benchmark = boards.catalogue.benchmarks.get(column.name)
    found = None if benchmark is None else stored_recovery(benchmark)
    if found is None:
        return column
    return replace(column, cannot_tell=cannot_tell(found, {line.model for line in rows}))


def _choose_columns(known: Sequence[Column], names: Sequence[str], board: str) -> Sequence[Column]:
    """Groups on the board of all, where there would be too many benchmarks; else a group's benchmarks."""
    if names:
        return [each for each in known if each.name in names]
    shown = [each for each in known if each.is_group == (board == EVERYTHING)]
    return [each for each in shown if each.counted or not each.is_group]


def cells(line: BoardLine, columns: Sequence[Column], convention: str, *, marked: bool = False) -> Markup:
    """A model's cells; with `marked`, scores that came with brainrank are told from others.

    Written here and not in the template: a board of 300 models and 40 benchmarks has 12,000.
    """
    return Markup("").join(
        _group_cell(line.groups.get(each.name))
        if each.is_group
        else _cell(line.scores.get(each.name), each.ceiling, convention, marked=marked)
        for each in columns
    )


def _group_cell(value: float | None) -> Markup:
    return Markup(f'<td class="v {shade(value, None)}"><span>{score(value, 2) or "–"}</span></td>')


def _cell(cell: BoardCell | None, ceiling: CeilingJson | None, convention: str, *, marked: bool) -> Markup:
    """A score, linked to its run; in brackets the raw one, where the convention defines none."""
    if cell is None:
        return NOT_SCORED
    raw = cell.value is None and cell.raw is not None
    value = f"({score(cell.raw, 2)})" if raw else score(cell.value, 2) or "n/a"
    told = cell.missing or ("raw: there is no share of a noise ceiling" if raw else "")
    title = f' title="{escape(told)}"' if told else ""
    # One meaning of colour on a page: a share of the noise ceiling. Where there is none, there is no colour.
    has_share = not raw and (convention != Convention.RAW or bool(ceiling and ceiling.lower and ceiling.lower > 0))
    shading = shade(cell.value, ceiling if convention == Convention.RAW else None) if has_share else "without"
    shading += " published" if marked and cell.origin == PUBLISHED else ""
    return Markup(f'<td class="v {shading}"><a href="/runs/{cell.run}"{title}>{value}</a></td>')


def scale(rows: Sequence[BoardLine]) -> tuple[float, float]:
    """From 0, or the least, to the greatest mean with its interval: the track on which all are drawn.

    Models without a rank, whose intervals may be wide, do not stretch it unless there are no others.
    """
    shown = [row for row in rows if row.rank is not None] or rows
    ends = [each for row in shown for each in (row.interval.low, row.interval.high, row.mean) if each is not None]
    return (min(0.0, *ends), max(ends)) if ends else (0.0, 1.0)


def _with(request: Request, path: str, *, drop: Sequence[str] = (), **changes: Any) -> str:
    """The page's address with some of what was chosen changed."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {*changes, *drop}]
    chosen = [(name, str(value).lower()) for name, value in changes.items() if value is not None]
    return f"{path}?{query}" if (query := urlencode([*kept, *chosen])) else path
