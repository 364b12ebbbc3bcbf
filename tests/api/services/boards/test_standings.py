"""Leaderboards computed when scores change: equal to those computed at once, and read by one query."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event, select, text, update
from stored_boards import ALL, CKA, HERE, IT, SECOND_V4, V4, StoredBoards, fill
from stored_scores import CEILING, store

from brainrank.api.db.board_tables import BoardRow, StandingRow
from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import changes, models, standings, submissions
from brainrank.api.repositories.standings import BoardKey, Selection, in_order
from brainrank.api.repositories.submissions import NewSubmission
from brainrank.api.services.access.refusals import NotFoundError, NotReadyError, TooManyError
from brainrank.api.services.boards import board_content
from brainrank.api.services.boards import standings as service
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.api.services.boards.leaderboard import leaderboard
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.scoring.conventions import NO_SHARES
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.score import Interval, NoiseCeiling


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile; beginning and ending a transaction are none."""
    sent: list[str] = []

    def heard(_c: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    yield sent
    event.remove(engine, "before_cursor_execute", heard)


def test_a_page_says_what_the_command_line_says(either: StoredBoards) -> None:
    fill(either)
    for convention in Convention:
        require_equal(either, convention)


def test_without_ceilings_the_page_is_raw_by_itself_and_another_is_as_it_is_asked_for(place: StoredBoards) -> None:
    none = NoiseCeiling(np.nan, np.nan, "averages only")
    for benchmark in (V4, SECOND_V4):
        place.store("a", benchmark, 0.4, ceiling=none)
    usual = place.boards.usual_page("v4", Selection(), convention=None)
    assert read_head(usual.page).convention == "raw"
    assert read_head(usual.page).convention_reason == NO_SHARES
    assert read_lines(usual.page)[0].rank == 1
    asked = place.boards.usual_page("v4", Selection(), convention=Convention.EXPLAINED)
    assert (read_head(asked.page).convention, read_lines(asked.page)[0].rank) == ("explained", None)
    place.store("a", SECOND_V4, 0.4)
    usual = place.boards.usual_page("v4", Selection(), convention=None)
    assert (read_head(usual.page).convention, read_head(usual.page).convention_reason) == ("explained", "")


def require_equal(place: StoredBoards, convention: Convention) -> None:
    with place.boards.begin() as session:
        board = leaderboard(session, HERE, convention=convention)
    lines = place.lines(BoardKey("all", convention))
    assert [line["model"] for line in lines] == [row.model for row in board.rows]
    for line, row in zip(lines, board.rows, strict=True):
        assert (line["rank"], line["last_rank"]) == (row.rank, row.last_rank)
        assert line["coverage"] == row.coverage
        shown = [line["mean"], line["interval"]["low"], line["interval"]["high"], *line["groups"].values()]
        expected = [row.value, row.interval.low, row.interval.high, *row.groups.values()]
        np.testing.assert_array_equal(np.array(shown, dtype=float), expected)
        cells = {name: (cell["run"], cell["raw"]) for name, cell in line["scores"].items()}
        assert cells == {name: (row.runs[name], score.value) for name, score in row.scores.items()}
        values = [np.nan if cell["value"] is None else cell["value"] for cell in line["scores"].values()]
        np.testing.assert_array_equal(values, list(row.values.values()))


def test_a_page_is_one_query_whatever_is_asked_for(either: StoredBoards) -> None:
    fill(either)
    either.lines()
    for sort in ("mean", "model", "coverage", IT.name, "v4"):
        with counted(either.engine) as sent:
            found = either.lines(sort=sort, families=["classical"], text="A", offset=1, limit=1)
        assert len(sent) == 1, sent
        assert len(found) == 1


def test_lines_are_filtered_and_sorted_and_keep_their_ranks(either: StoredBoards) -> None:
    fill(either)
    assert either.models() == ["b", "a", "c"]
    assert either.models(sort=IT.name) == ["b", "a", "c"]
    assert either.models(sort=IT.name, reverse=True) == ["a", "b", "c"]  # c has none, and is last either way
    assert either.models(sort=CKA.name)[0] == "c"
    assert either.models(sort="v4", reverse=True) == ["c", "b", "a"]
    assert either.models(sort="model", reverse=True) == ["c", "b", "a"]
    assert either.models(sort="coverage") == ["a", "b", "c"]
    (line,) = either.lines(text="CL", offset=2, limit=5)
    assert (line["model"], line["training_data"], line["objective"]) == ("c", "Faces", "contrastive")
    assert (line["rank"], line["not_ranked"]) == (
        None,
        "2 of 3 counted benchmarks; a rank needs at least 2 and one in each group (none in it)",
    )
    assert [each["last_rank"] for each in either.lines()] == [2, 2, None]
    assert either.models(training_data=["Faces"], objectives=["contrastive"]) == ["b", "a", "c"]
    assert either.models(objectives=["none"]) == either.models(families=["robust"]) == either.models(text="%") == []
    assert either.boards.page(ALL, Selection(limit=1)).page.total == 3
    empty = either.boards.page(ALL, Selection(offset=10)).page
    assert json.loads(empty.head)["groups"] == ["v4", "it", "cka"]


def test_numbers_as_bytes_compare_as_numbers() -> None:
    numbers = np.array([0.1, -0.1, 0.0, -0.0, -np.inf, np.inf, 1e-300, -1e-300, -2.5, 7.0])
    cells = [in_order(np.array([each])) for each in numbers]
    for first, one in zip(numbers, cells, strict=True):
        for second, other in zip(numbers, cells, strict=True):
            assert (one < other) == (first < second)
    assert in_order(np.array([np.nan])) < min(cells)


def test_a_new_score_is_on_the_next_page_and_only_its_boards_are_computed(place: StoredBoards) -> None:
    fill(place)
    it, before = BoardKey("it", "raw"), place.boards.page(ALL, Selection())
    place.lines(it)
    assert place.boards.page(ALL, Selection()).edition == before.edition
    place.store("a", V4, 0.99)
    after = place.boards.page(ALL, Selection())
    assert after.edition != before.edition
    assert json.loads(after.page.lines[0])["model"] == "a"
    with counted(place.engine) as sent:
        place.lines(it)
    assert len(sent) == 1


def test_what_is_private_is_on_no_board_before_it_is_published_nor_after(either: StoredBoards) -> None:
    fill(either)
    spec = ModelSpec("mine", "unsorted", "classical:pixels")
    new = NewSubmission("ada", spec, [V4], "cpu", False, "", None, "")
    with either.boards.begin() as session:
        made = submissions.add(session, new, model_owner="ada", now=datetime.now(UTC))
        assert made is not None
        store(session, "mine", V4, 0.99, public=False, submission=made.number)
        session.execute(text("UPDATE runs SET status = 'cancelled' WHERE status = 'queued'"))
    yesterday = ALL._replace(day=str(datetime.now(UTC).date() - timedelta(days=1)))
    assert "mine" not in either.models()
    either.lines(yesterday)
    for public in (True, False):
        with either.boards.begin() as session:
            submissions.set_public(session, made.number, public=public)
            assert all(not each.key.day for each in standings.known_boards(session))
            held = session.scalars(select(StandingRow.model)).all()
        assert "mine" not in held  # not yet, or at once no more
        assert ("mine" in either.models()) == public


def test_a_past_day_is_as_it_was(either: StoredBoards) -> None:
    first = either.store("a", V4, 0.5)
    either.store("a", V4, 0.7)
    either.store("b", V4, 0.6)
    with either.boards.begin() as session:
        long_ago = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
        session.execute(update(RunRow).where(RunRow.id == first).values(finished_at=long_ago))
    (line,) = either.lines(ALL._replace(day="2026-03-01"))
    assert (line["model"], line["mean"]) == ("a", 0.5)
    assert either.lines(ALL._replace(day="2026-02-28")) == []
    assert either.models(ALL._replace(day=str(datetime.now(UTC).date()))) == ["a", "b"]
    with either.boards.begin() as session:
        assert {each.key.day for each in standings.known_boards(session)} == {"", "2026-03-01", "2026-02-28"}
        session.execute(update(BoardRow).values(computed_at=datetime.now(UTC) - timedelta(days=2)))
    assert either.boards.refresh_stale(limit_s=10) == 0
    with either.boards.begin() as session:
        assert [each.key.day for each in standings.known_boards(session)] == [""]


def test_a_large_board_is_left_to_workers_and_shown_as_it_was_meanwhile(
    place: StoredBoards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNS_AT_ONCE", 3)
    fill(place)
    for _ in range(2):
        with pytest.raises(NotReadyError, match="ask again"):
            place.lines()
    assert place.boards.refresh_stale(limit_s=10) == 1
    assert place.models() == ["b", "a", "c"]
    place.store("a", V4, 0.95)
    stale = place.boards.page(ALL, Selection())
    assert stale.stale
    assert json.loads(stale.page.lines[0])["model"] == "b"
    assert place.boards.refresh_stale(limit_s=0) == 0
    assert place.boards.refresh_stale(limit_s=10) == 1
    assert place.boards.refresh_stale(limit_s=10) == 0
    fresh = place.boards.page(ALL, Selection())
    assert (fresh.stale, json.loads(fresh.page.lines[0])["model"]) == (False, "a")
    assert fresh.edition != stale.edition


def test_a_raised_version_empties_its_board_and_a_removed_benchmark_drops_it(place: StoredBoards) -> None:
    fill(place)
    place.lines(BoardKey(V4.name, "raw"))
    raised = {**place.boards.catalogue.benchmarks, V4.name: replace(V4, version=V4.version + 1)}
    later = place._replace(boards=LeaderboardCache(place.boards.begin, Catalogue(built_in().datasets, raised)))
    assert later.lines(BoardKey(V4.name, "raw")) == []
    others = {name: each for name, each in built_in().datasets.items() if name != V4.dataset}
    gone = LeaderboardCache(place.boards.begin, Catalogue(others, {IT.name: IT}))
    gone.refresh_stale(limit_s=10)
    with gone.begin() as session:
        assert [each.key.name for each in standings.known_boards(session)] == []


def test_an_unreliable_benchmark_is_shown_and_ranks_nobody(place: StoredBoards) -> None:
    place.store("a", V4, 0.5, ceiling=NoiseCeiling(0.1, 0.2, interval=Interval(-0.1, 0.3)))
    page = place.boards.page(ALL, Selection()).page
    line, head = json.loads(page.lines[0]), json.loads(page.head)
    assert (line["rank"], line["mean"], line["scores"][V4.name]["raw"]) == (None, None, 0.5)
    assert head["benchmarks"][0]["ceiling"]["unreliable"] is True
    place.store("a", IT, 0.5, ceiling=CEILING)
    assert place.lines()[0]["rank"] == 1


def test_a_board_has_its_own_convention_unless_one_is_asked_for(place: StoredBoards) -> None:
    boards = place.boards
    assert boards.convention("all", None) is Convention.EXPLAINED
    assert boards.convention(V4.name, None) is Convention.RAW  # one benchmark alone has a unit
    for asked in Convention:
        assert boards.convention("all", asked) is asked
    assert boards.key("all", None, "2026-01-01") == BoardKey("all", "explained", "2026-01-01")
    assert boards.key(V4.name, None) == BoardKey(V4.name, "raw")
    with pytest.raises(NotFoundError, match="nothing"):
        boards.convention("nothing", None)


def test_mistakes_are_named(place: StoredBoards) -> None:
    for key, sort, error in (
        (BoardKey("nothing", "raw"), "mean", NotFoundError),
        (ALL._replace(day="2026-02-30"), "mean", UserError),
        (ALL, "nothing", UnknownNameError),
        (BoardKey("it", "raw"), V4.name, UnknownNameError),
    ):
        with pytest.raises(error, match=r"nothing|day|column"):
            place.lines(key, sort=sort)


def test_days_asked_for_are_not_without_end(place: StoredBoards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_DAYS", 2)
    for day in ("2026-01-01", "2026-01-02", "2026-01-01"):
        place.lines(ALL._replace(day=day))
    with pytest.raises(TooManyError, match="past days"):
        place.lines(ALL._replace(day="2026-01-03"))


def test_the_card_of_a_model_is_its_newest(place: StoredBoards) -> None:
    place.store("a", V4, 0.5)
    with place.boards.begin() as session:
        assert {name: card.licence for name, card in models.cards(session, ["a", "b"]).items() if card} == {"a": "MIT"}
        assert changes.every(session) == {V4.name: 1}


def test_boards_computed_by_two_at_once_are_whole(either: StoredBoards, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both began before either was done: the second puts its lines in the place of the first's."""
    fill(either)
    compute: Callable[..., Any] = board_content.compute
    inner = LeaderboardCache(either.boards.begin, either.boards.catalogue)

    def computed(session: Any, key: BoardKey, *rest: Any) -> Any:
        found = compute(session, key, *rest)
        monkeypatch.setattr(board_content, "compute", compute)
        inner.refresh(key)
        return found

    monkeypatch.setattr(board_content, "compute", computed)
    either.boards.refresh(ALL)
    assert either.models() == ["b", "a", "c"]
