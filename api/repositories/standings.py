"""Leaderboards as they were last computed: a page of one is a single query, whatever it filters and sorts by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Subquery,
    case,
    delete,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from brainrank.api.db.board_tables import BoardRow, StandingRow
from brainrank.api.repositories import changes
from brainrank.api.repositories.rows import add_unless_there

NUMBER_BYTES = 8
NO_NUMBER = bytes(NUMBER_BYTES)


class BoardKey(NamedTuple):
    """Which leaderboard; `day` is empty for the present, else the last day (YYYY-MM-DD, UTC) whose runs count."""

    name: str
    convention: str
    day: str = ""


class Standing(NamedTuple):
    """A model's line, as JSON, and what it is found and sorted by.

    `words` are in lower case; `numbers` those of the board's groups and benchmarks, NaN where there is none.
    """

    model: str
    family: str
    training_data: str
    objective: str
    coverage: int
    words: str
    numbers: NDArray[np.float64]
    line: str


@dataclass(frozen=True)
class Selection:
    """Which lines of a board, and in which order; what is empty is no condition.

    `sort` is `mean`, `model`, `coverage`, or the place of one of the board's numbers, the greatest first.
    """

    families: Sequence[str] = ()
    training_data: Sequence[str] = ()
    objectives: Sequence[str] = ()
    text: str = ""
    sort: str | int = "mean"
    reverse: bool = False
    offset: int = 0
    limit: int | None = None


class BoardPage(NamedTuple):
    """Lines of a board and its head, as JSON, of `total` found; `changes_now` is what `changes` would be by now."""

    basis: str | None
    changes: int | None
    changes_now: int
    computed_at: datetime
    head: str
    total: int
    lines: Sequence[str]


class BoardFilters(NamedTuple):
    """What the lines of a board can be filtered by, each in its order."""

    families: Sequence[str]
    training_data: Sequence[str]
    objectives: Sequence[str]


class KnownBoard(NamedTuple):
    """A board that somebody has asked for, computed or not."""

    key: BoardKey
    basis: str | None
    changes: int | None
    computed_at: datetime


def page(session: Session, key: BoardKey, benchmarks: Sequence[str], selection: Selection) -> BoardPage | None:
    """The lines that are asked for of a board of these benchmarks; None for a board that was never asked for."""
    lines = _lines(key, selection)
    first = func.coalesce(lines.c.n, selection.offset + 1) == selection.offset + 1
    query = (
        select(
            *(
                BoardRow.basis,
                BoardRow.changes,
                BoardRow.computed_at,
                changes.total(session, benchmarks).label("changes_now"),
            ),
            # Once, with the first line; a board of 100 benchmarks has a head of 50 kB.
            case((first, BoardRow.head)).label("head"),
            *(lines.c.total, lines.c.line),
        )
        .select_from(BoardRow)
        .outerjoin(lines, true())
        .where(*_is(BoardRow, key))
        .order_by(lines.c.n)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    top = rows[0]
    found = [row.line for row in rows if row.line is not None]
    return BoardPage(top.basis, top.changes, top.changes_now, top.computed_at, top.head, top.total or 0, found)


def known_boards(session: Session) -> Sequence[KnownBoard]:
    """The boards that somebody has asked for, those computed longest ago first."""
    columns = (BoardRow.name, BoardRow.convention, BoardRow.day, BoardRow.basis, BoardRow.changes, BoardRow.computed_at)
    rows = session.execute(select(*columns).order_by(BoardRow.changes.is_not(None), BoardRow.computed_at))
    return [
        KnownBoard(BoardKey(row.name, row.convention, row.day), row.basis, row.changes, row.computed_at) for row in rows
    ]


def choices(session: Session, key: BoardKey) -> BoardFilters:
    """The families, training data and objectives of a board's models."""
    columns = (StandingRow.family, StandingRow.training_data, StandingRow.objective)
    query = select(*columns).join(BoardRow, BoardRow.id == StandingRow.board_id).where(*_is(BoardRow, key)).distinct()
    found = session.execute(query).all()
    return BoardFilters(*(sorted({row[place] for row in found} - {""}) for place in range(len(columns))))


def find(session: Session, key: BoardKey, benchmarks: Sequence[str]) -> tuple[KnownBoard | None, int]:
    """A board, if it is known, and how often the scores of its benchmarks have changed by now."""
    now = changes.total(session, benchmarks)
    columns = (BoardRow.basis, BoardRow.changes, BoardRow.computed_at)
    row = session.execute(select(*columns, now.label("now")).where(*_is(BoardRow, key))).first()
    if row is None:
        return None, session.execute(select(now)).scalar_one()
    return KnownBoard(key, row.basis, row.changes, row.computed_at), row.now


def want(session: Session, key: BoardKey, *, now: datetime) -> None:
    """Make a board known, so that it is computed."""
    add_unless_there(session, BoardRow, {**key._asdict(), "computed_at": now, "head": "{}"})


def replace(
    session: Session,
    key: BoardKey,
    standings: Sequence[Standing],
    *,
    basis: str,
    changes: int,
    head: str,
    now: datetime,
) -> None:
    """Put new lines, in their order, in the place of those there are."""
    want(session, key, now=now)
    values = {"basis": basis, "changes": changes, "head": head, "computed_at": now}
    # The update holds the board's row, so that two who replace its lines at once do so one after the other.
    board = session.scalars(update(BoardRow).where(*_is(BoardRow, key)).values(values).returning(BoardRow.id)).one()
    session.execute(delete(StandingRow).where(StandingRow.board_id == board))
    rows = [
        {"board_id": board, "place": place, **each._asdict(), "numbers": in_order(each.numbers)}
        for place, each in enumerate(standings, start=1)
    ]
    if rows:
        session.execute(insert(StandingRow), rows)


def in_order(numbers: NDArray[np.float64]) -> bytes:
    """Numbers as 8 bytes each, which databases compare as the numbers compare; NaN comes before all.

    A positive double's bits rise with it, and a negative one's fall: the former get their sign bit, the latter have all
    bits turned.
    """
    bits = (numbers + 0.0).view(np.uint64)  # adding zero makes -0 and 0 one
    sign = np.uint64(1) << np.uint64(63)
    rising = np.where(bits & sign, ~bits, bits | sign)
    content: bytes = np.where(np.isnan(numbers), np.uint64(0), rising).astype(">u8").tobytes()
    return content


def forget(session: Session, key: BoardKey) -> None:
    """Drop a board."""
    session.execute(delete(BoardRow).where(*_is(BoardRow, key)))


def _is(board: Any, key: BoardKey) -> tuple[ColumnElement[bool], ...]:
    return board.name == key.name, board.convention == key.convention, board.day == key.day


def _lines(key: BoardKey, selection: Selection) -> Subquery:
    """The lines asked for, numbered `n` in their order among the `total` that fit."""
    query = select(StandingRow.line, func.count().over().label("total"))
    numbered = query.add_columns(func.row_number().over(order_by=_order(selection)).label("n"))
    mine = select(BoardRow.id).where(*_is(BoardRow, key)).scalar_subquery()
    wanted = numbered.where(StandingRow.board_id == mine, *_conditions(selection)).order_by("n")
    return wanted.offset(selection.offset).limit(selection.limit).subquery()


def _order(selection: Selection) -> Sequence[ColumnElement[Any]]:
    """Ties in the order of the board."""
    by_name: Mapping[str | int, SQLColumnExpression[Any]] = {
        "mean": StandingRow.place,
        "model": StandingRow.model,
        "coverage": -StandingRow.coverage,
    }
    if selection.sort in by_name:
        order = by_name[selection.sort]
        return (order.desc() if selection.reverse else order.asc()), StandingRow.place.asc()
    start = NUMBER_BYTES * int(selection.sort) + 1
    found = func.substr(StandingRow.numbers, start, NUMBER_BYTES)
    # Who has none stands last, whichever way round.
    return (found == NO_NUMBER).asc(), (found.asc() if selection.reverse else found.desc()), StandingRow.place.asc()


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, values in (
        (StandingRow.family, selection.families),
        (StandingRow.training_data, selection.training_data),
        (StandingRow.objective, selection.objectives),
    ):
        if values:
            conditions.append(column.in_(values))
    if selection.text:
        conditions.append(StandingRow.words.contains(selection.text.lower(), autoescape=True))
    return conditions
