"""br.compare and br.leaderboard: what the services say of the stored scores."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue

import brainrank as br
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.comparison import compare
from brainrank.api.services.boards.leaderboard import leaderboard
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.convention import Convention

IT, V1 = NAMES


@pytest.fixture(autouse=True)
def _no_windows() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture
def scored(tiny: Path, tmp_path: Path) -> Catalogue:
    catalogue = tiny_catalogue(tmp_path)
    with own_database(Settings()) as begin, begin() as session:
        for name, on_it, on_v1 in (("a", 0.5, 0.3), ("b", 0.4, 0.31), ("c", 0.1, None)):
            store(session, name, catalogue.benchmarks[IT], on_it)
            if on_v1 is not None:
                store(session, name, catalogue.benchmarks[V1], on_v1)
    return catalogue


def test_a_comparison_has_the_numbers_of_the_service(scored: Catalogue) -> None:
    found = br.compare(["a", "b", "c"], "tiny")
    assert (found.models, found.convention) == (("a", "b", "c"), "explained")
    with own_database(Settings()) as begin, begin() as session:
        wanted = list(scored.benchmarks.values())
        theirs = compare(
            session, ["a", "b", "c"], wanted, convention=Convention.EXPLAINED, viewer=Viewer(everything=True)
        )
    pairs = [*theirs.mean, *(pair for each in theirs.benchmarks.values() for pair in each)]
    frame = found.frame()
    assert frame.difference.tolist() == [each.paired.difference for each in pairs]
    assert frame.low.tolist() == [each.paired.interval.low for each in pairs]
    assert frame.p.tolist() == [each.paired.p for each in pairs]
    assert frame.q.tolist() == [each.q for each in pairs]
    assert set(frame.unit) == {"share of the noise ceiling"}
    assert frame.benchmark.tolist() == ["mean"] * 3 + [IT] * 3 + [V1]
    means = found.means()
    assert means["mean"].tolist() == [each.value for each in theirs.means.values()]
    assert means.benchmarks.tolist() == [2, 2, 1]


def test_of_one_benchmark_there_is_no_mean_and_the_unit_is_its_own(scored: Catalogue) -> None:
    (row,) = br.compare(["a", "b"], IT).frame().to_dict("records")
    assert (row["benchmark"], row["difference"], row["unit"]) == (IT, pytest.approx(0.1), "r")
    (row,) = br.compare(["b", "a"], IT, convention="explained").frame().to_dict("records")
    assert (row["difference"], row["unit"]) == (pytest.approx(-0.1 / 0.9), "share of the noise ceiling")


def test_models_are_compared_by_a_column_of_their_names(scored: Catalogue) -> None:
    board = br.leaderboard("tiny").frame()
    assert br.compare(board.model, "tiny").models == tuple(board.model)
    with pytest.raises(br.BrainrankError, match="models: .* names nothing"):
        br.compare({"a", "b"}, "tiny")  # a set has no order


def test_a_comparison_is_shown_and_drawn(scored: Catalogue) -> None:
    found = br.compare(["a", "b"], "tiny")
    assert repr(found).startswith("<Comparison of a, b, explained>\n  a - b on mean: ")
    assert "a − b" in found._repr_html_()
    _, ax = plt.subplots()
    assert found.plot(ax) is ax
    assert ax.get_yticklabels()[0].get_text() == "mean"


@pytest.mark.parametrize(
    ("models", "benchmark", "convention", "match"),
    [
        (["a"], "tiny", None, "1 models to compare; name 2 to 10"),
        (["a", "a"], "tiny", None, "1 models to compare; name 2 to 10"),
        (["a", "bb"], "tiny", None, "Unknown scored model 'bb'"),
        (["a", "c"], V1, None, "'c' has no score on tiny2026.v1.rsa"),
        (["a", "b"], "tyny", None, "Unknown benchmark or group 'tyny'"),
        (["a", "b"], "tiny", "explane", "Unknown convention 'explane'"),
    ],
)
def test_what_cannot_be_compared(
    scored: Catalogue, models: list[str], benchmark: str, convention: str | None, match: str
) -> None:
    with pytest.raises(br.BrainrankError, match=match):
        br.compare(models, benchmark, convention=convention)


def test_a_leaderboard_has_the_places_of_the_service(scored: Catalogue) -> None:
    found = br.leaderboard("tiny")
    with own_database(Settings()) as begin, begin() as session:
        theirs = leaderboard(session, list(scored.benchmarks.values()), convention=Convention.EXPLAINED)
    frame = found.frame()
    assert frame.model.tolist() == [row.model for row in theirs.rows]
    assert frame["rank"].tolist() == [row.rank for row in theirs.rows]
    assert frame["mean"].tolist() == [row.value for row in theirs.rows]
    assert (len(found), found.convention, found.benchmarks) == (3, "explained", NAMES)
    cells = found.scores()
    assert len(cells) == 5
    assert cells.loc[(cells.model == "a") & (cells.benchmark == IT), "raw"].tolist() == [0.5]
    assert cells.loc[(cells.model == "a") & (cells.benchmark == IT), "value"].tolist() == [pytest.approx(0.5 / 0.9)]
    assert br.leaderboard(IT).convention == "raw"


def test_a_leaderboard_is_shown_and_drawn(scored: Catalogue) -> None:
    found = br.leaderboard("tiny")
    assert repr(found).startswith("<Leaderboard of 3 models on 2 benchmarks, explained>\n")
    assert repr(br.leaderboard(IT)).startswith(f"<Leaderboard of 3 models on {IT}, raw>\n")
    assert found._repr_html_().count("<svg") == 3
    for board in (found, br.leaderboard(IT)):
        labels = [each.get_text() for each in board.plot().get_yticklabels()]
        assert labels == board.frame().model.tolist()


def test_a_board_without_scores(tiny: Path) -> None:
    found = br.leaderboard()
    assert (len(found), found.frame().empty, found.scores().empty) == (0, True, True)
    assert "No scores yet" in found._repr_html_()
    with pytest.raises(br.BrainrankError, match="no scores to draw"):
        found.plot()
