"""Leaderboards that are read a page at a time: computed when scores have changed, not when somebody looks.

Why, and what it costs: docs/decisions/standings.md.
"""

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from sqlalchemy.orm import Session

from brainrank.api.board_schemas import BoardHead
from brainrank.api.db.postgresql import may_be_idle
from brainrank.api.repositories import changes, standings
from brainrank.api.repositories.standings import BoardFilters, BoardKey, BoardPage, KnownBoard, Selection
from brainrank.api.services.access.refusals import NotFoundError, NotReadyError, TooManyError
from brainrank.api.services.boards import board_content
from brainrank.api.services.boards.board_content import Card
from brainrank.api.services.boards.board_json import read_head
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import EVERYTHING, Catalogue
from brainrank.benchmark.scoring.code_version import declaration, sources
from brainrank.benchmark.scoring.conventions import default_convention, default_where_scored
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.models_zoo.catalogue import MODELS

OWN_COLUMNS = ("mean", "model", "coverage")
# A board of no more runs than this is computed while its reader waits: a second or so. A larger one is left to workers.
RUNS_AT_ONCE = 5000
MOST_DAYS = 20
DAY_IS_KEPT = timedelta(days=1)
WAIT_S = 30


@dataclass(frozen=True)
class Shown:
    """A page, and whether scores have changed since the board was computed; `edition` changes whenever a page does."""

    page: BoardPage
    stale: bool
    edition: str


class LeaderboardCache:
    """The leaderboards of a catalogue, in a database."""

    def __init__(self, begin: OpenSession, catalogue: Catalogue) -> None:
        self.begin, self.catalogue = begin, catalogue
        self._computing = threading.Lock()
        self.benchmarks = cache(self._benchmarks)
        self.basis = cache(self._basis)

    def page(self, key: BoardKey, selection: Selection, *, sort: str = "mean") -> Shown:
        """The lines that are asked for; a small board is computed on the way if it has to be.

        `sort` is `mean`, `model`, `coverage`, or a group or benchmark of the board. Raises NotFoundError for another
        board, UnknownNameError for another column, NotReadyError for a board that workers have yet to compute.
        """
        key = self.check_key(key)
        selection = replace(selection, sort=self._column(key.name, sort))
        shown = self._look(key, selection)
        if shown is not None and (not shown.stale or shown.page.changes_now > RUNS_AT_ONCE):
            return shown
        with self.begin() as session:
            board, count = standings.find(session, key, self._names(key))
            large = count > RUNS_AT_ONCE
            if large and board is None:
                _check_days(session, key)
                standings.want(session, key, now=datetime.now(UTC))
        if large:
            raise NotReadyError("This board is being computed; ask again in half a minute", wait_s=WAIT_S)
        with self._computing:
            self.refresh(key)
        found = self._look(key, selection)
        if found is None:
            raise NotReadyError("This board was forgotten at this moment; ask again", wait_s=1)
        return found

    def usual_page(
        self, name: str, selection: Selection, *, convention: Convention | None, day: str = "", sort: str = "mean"
    ) -> Shown:
        """A page of a board, under the convention that is usual for its scores unless another is asked for."""
        key = self.key(name, convention, day)
        shown = self.page(key, selection, sort=sort)
        if convention is None and key.convention != (usual := self._usual_convention(name, read_head(shown.page))):
            return self.page(key._replace(convention=usual), selection, sort=sort)
        return shown

    def _usual_convention(self, name: str, head: BoardHead) -> Convention:
        scored = [each.metric for each in head.benchmarks]
        return default_where_scored(len(self.benchmarks(name)), counted=head.counted, metrics=scored)

    def key(self, name: str, convention: Convention | None, day: str = "") -> BoardKey:
        """The key of a board; under the default convention, whatever is scored there, unless another is asked for."""
        return BoardKey(name, self.convention(name, convention), day)

    def convention(self, name: str, asked: Convention | None) -> Convention:
        """What a board is shown under: what was asked for, else its default. Raises NotFoundError for another board."""
        return asked or default_convention(len(self.benchmarks(name)))

    def choices(self, key: BoardKey) -> BoardFilters:
        """What the lines of a board can be filtered by."""
        with self.begin() as session:
            return standings.choices(session, self.check_key(key))

    def edition(self, key: BoardKey) -> str | None:
        """The edition of every page of a board that is right; what a reader who has a page needs to know."""
        key = self.check_key(key)
        with self.begin() as session:
            board, count = standings.find(session, key, self._names(key))
        return _edition(board, stale=False) if board is not None and self._is_right(board, count) else None

    def refresh(self, key: BoardKey) -> None:
        """Compute a board, unless it is as it would be."""
        with self.begin() as session:
            board, count = standings.find(session, key, self._names(key))
            if board is not None and self._is_right(board, count):
                return
            if board is None:
                _check_days(session, key)
            benchmarks, columns = self.benchmarks(key.name), self.columns(key.name)
            may_be_idle(session)
            head, lines = board_content.compute(session, key, benchmarks, columns, cards())
        with self.begin() as session:
            now = datetime.now(UTC)
            standings.replace(session, key, lines, basis=self.basis(key.name), changes=count, head=head, now=now)

    def refresh_stale(self, *, limit_s: float) -> int:
        """Compute the boards that have been asked for and are not right, until the time is up; return how many were.

        Those nobody can ask for any more, and those of past days a day after, are forgotten.
        """
        end, done = time.monotonic() + limit_s, 0
        with self.begin() as session:
            counts = changes.every(session)
            for board in standings.known_boards(session):
                if self._is_over(board):
                    standings.forget(session, board.key)
            wrong = [
                each
                for each in standings.known_boards(session)
                if not self._is_right(each, self._sum(counts, each.key))
            ]
        for board in wrong:
            if time.monotonic() < end:
                self.refresh(board.key)
                done += 1
        return done

    def _sum(self, counts: Mapping[str, int], key: BoardKey) -> int:
        return sum(counts.get(name, 0) for name in self._names(key))

    def check_key(self, key: BoardKey) -> BoardKey:
        """The key of a board that there is: today and days to come are the present. Raises NotFoundError, UserError."""
        self.benchmarks(key.name)
        try:
            day = date.fromisoformat(key.day) if key.day else None
        except ValueError:
            raise UserError(f"'{key.day[:20]}' is no day; write it as 2026-11-22") from None
        past = day is not None and day < datetime.now(UTC).date()
        return key._replace(day=str(day) if past else "")

    def columns(self, name: str) -> Sequence[str]:
        """What a board has numbers of, beside the mean: its groups, then its benchmarks."""
        benchmarks = self.benchmarks(name)
        return [*dict.fromkeys(each.group for each in benchmarks), *(each.name for each in benchmarks)]

    def _benchmarks(self, name: str) -> Sequence[Benchmark]:
        try:
            return self.catalogue.select(name)
        except UserError as error:
            raise NotFoundError(f"{error}; '{EVERYTHING}' is the board of all") from error

    def _names(self, key: BoardKey) -> list[str]:
        return [each.name for each in self.benchmarks(key.name)]

    def _basis(self, name: str) -> str:
        """What decides a board beside the scores: what its benchmarks and the catalogue's cards say, and the code.

        A metric says what a convention makes of its values, so that its code is part of it.
        """
        benchmarks = self.benchmarks(name)
        said = [*map(declaration, benchmarks), {model: list(card) for model, card in cards().items()}]
        code = sources().digest(
            frozenset({board_content.__name__, *(type(each.metric).__module__ for each in benchmarks)})
        )
        return hashlib.sha256(json.dumps([said, code], sort_keys=True).encode()).hexdigest()

    def _column(self, name: str, sort: str) -> str | int:
        columns = self.columns(name)
        if sort in OWN_COLUMNS:
            return sort
        if sort not in columns:
            raise UnknownNameError("column of this board", sort, [*OWN_COLUMNS, *columns])
        return columns.index(sort)

    def _look(self, key: BoardKey, selection: Selection) -> Shown | None:
        with self.begin() as session:
            page = standings.page(session, key, self._names(key), selection)
        if page is None or page.basis is None:
            return None
        known = KnownBoard(key, page.basis, page.changes, page.computed_at)
        stale = not self._is_right(known, page.changes_now)
        return Shown(page, stale, _edition(known, stale=stale))

    def _is_right(self, board: KnownBoard, count: int) -> bool:
        """Whether computing it again would change nothing. New scores do not change what a past day was like."""
        return board.basis == self.basis(board.key.name) and (board.key.day != "" or board.changes == count)

    def _is_over(self, board: KnownBoard) -> bool:
        old = board.key.day != "" and board.computed_at < datetime.now(UTC) - DAY_IS_KEPT
        try:
            self.benchmarks(board.key.name)
        except NotFoundError:
            return True
        return old


def cards() -> dict[str, Card]:
    """What the catalogue says of its models."""
    told = {name: spec.card for name, spec in MODELS.items()}
    return {name: Card(card.training_data, str(card.objective)) if card else Card() for name, card in told.items()}


def _edition(board: KnownBoard, *, stale: bool) -> str:
    text = f"{board.basis}{board.changes}{board.computed_at.isoformat()}{stale}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _check_days(session: Session, key: BoardKey) -> None:
    if key.day and sum(each.key.day != "" for each in standings.known_boards(session)) >= MOST_DAYS:
        raise TooManyError(
            f"More than {MOST_DAYS} boards of past days are kept at a time; ask for one again tomorrow, or for the "
            "present",
            wait_s=int(DAY_IS_KEPT.total_seconds()),
        )
