"""`brainrank plot`: figures in a journal's width, with fonts in the file and text that stays text."""

import re
from pathlib import Path

import pytest
from stored_scores import store
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.plots.model import places_to_name
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS

HERE = [BENCHMARKS[f"{name}"] for name in ("cowley2023.v4-210325.encoding", "kriegeskorte2008.human-it.rsa")]
MM_AN_INCH, POINTS_AN_INCH = 25.4, 72


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two models with scores on both benchmarks, a third on one."""
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path))
    engine = open_database(Settings().effective_database_url)
    with transaction(engine) as session:
        for model, values in {"resnet": (0.5, 0.3), "pixels": (0.2, 0.1), "half": (0.4,)}.items():
            for benchmark, value in zip(HERE, values, strict=False):
                store(session, model, benchmark, value)
    engine.dispose()
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["plot", *map(str, arguments)])


def words(svg: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg.read_text())


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            ("leaderboard",),
            {"resnet", "half, not ranked", "human-it", "score with 95 % interval; shaded: noise ceiling"},
        ),
        (("model", "resnet"), {"resnet", "v4-210325, cowley2023 encoding", "it", "human-it, kriegeskorte2008"}),
        (("compare", "resnet", "pixels", "half"), {"less pixels", "less half", "mean", "hollow: q of .05 or more"}),
    ],
)
def test_figures_have_a_columns_width_and_say_what_they_show(
    home: Path, what: tuple[str, ...], expected: set[str]
) -> None:
    file = home / "figure.svg"
    done = run(*what, "--out", file, "--width", 88)
    assert done.exit_code == 0, done.stderr
    assert f"Wrote {file}" in done.stderr
    assert expected <= set(words(file))
    width = float(re.search(r'<svg[^>]* width="([\d.]+)pt"', file.read_text())[1])  # type: ignore[index]
    assert width == pytest.approx(88 / MM_AN_INCH * POINTS_AN_INCH, abs=0.01)
    first = file.read_bytes()
    run(*what, "--out", file, "--width", 88)
    assert file.read_bytes() == first


def test_a_pdf_has_its_fonts_in_it(home: Path) -> None:
    file = home / "figure.pdf"
    assert run("compare", "resnet", "pixels", "--out", file).exit_code == 0
    content = file.read_bytes()
    assert b"/CIDFontType2" in content
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("leaderboard", "--out", "a.gif"), "end the file's name in .png, .svg, .pdf"),
        (("leaderboard", "early-visual", "--out", "a.png"), "There are no scores to draw"),
        (("model", "resnat", "--out", "a.png"), "did you mean resnet?"),
        (("model", "half", "--board", "it", "--out", "a.png"), "half has no score on it;"),
        (("compare", "resnet", "--out", "a.png"), "1 different models to compare in a figure; name 2 to 6"),
        (("compare", "resnet", "half", "--board", "it", "--out", "a.png"), "'half' has no score"),
        (("compare", "resnet", "half", "--convention", "best", "--out", "a.png"), "Unknown convention 'best'"),
    ],
)
def test_mistakes_are_named_and_nothing_is_written(home: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr.replace("\n", " ")
    assert not Path(arguments[-1]).exists()


def test_layers_are_named_on_their_curves(home: Path) -> None:
    file = home / "figure.svg"
    assert run("model", "resnet", "--out", file).exit_code == 0
    assert {"a", "b"} <= set(words(file))


@pytest.mark.parametrize(("count", "places"), [(1, [0]), (2, [0, 1]), (12, [*range(12)])])
def test_all_layers_are_named_while_there_is_room(count: int, places: list[int]) -> None:
    assert places_to_name(count) == places


def test_of_many_layers_first_and_last_are_named_among_twelve() -> None:
    for count in (13, 24, 161):
        places = places_to_name(count)
        assert (places[0], places[-1], len(places)) == (0, count - 1, 12)
