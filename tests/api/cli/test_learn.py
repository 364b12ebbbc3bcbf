"""`brainrank learn`: the numbers of `br.learn`, as tables, JSON, a figure and a file of answers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import brainrank as br
from brainrank.api.cli.main import app


@pytest.fixture(autouse=True)
def home(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["learn", *map(str, words)])


def test_json_figure_and_answers_are_those_of_the_python_function(tmp_path: Path) -> None:
    figure, answers = tmp_path / "learn.svg", tmp_path / "answers.csv"
    done = run("pixels", "--draws", 60, "--runs", 4, "--json", "--plot", figure, "--out", answers)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = br.learn("pixels", runs=4, draws=60, progress=False)
    assert told["models"][0]["explained"]["value"] == found.explained["pixels"]
    assert told["ceiling"]["lower"] == found.ceiling.lower
    frame = found.frame().set_index(["learner", "measure"])
    for name, each in told["people"]["measures"].items():
        value = frame.loc[("people", name), "value"]
        assert each["value"] == value or (each["value"] is None and value != value)
    assert [each["name"] for each in told["networks"]][:2] == ["AlexNet", "VGG-16"]
    assert "New images" in figure.read_text()
    assert len(answers.read_text().splitlines()) == 1 + len(found.trials("pixels"))
    assert str(found).startswith("<LearningResult: explained learning pixels")
    assert found.plot().get_xlabel() == "epoch"


def test_tables_say_who_learns_how(tmp_path: Path) -> None:
    done = run("pixels", "--draws", 60, "--runs", 4)
    assert done.exit_code == 0, done.output
    for text in ("Explained learning", "Noise ceiling", "lag, training less test", "fine-tuned by the study"):
        assert text in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pixelz",), "pixels"),
        (("pixels", "--rate", "0"), "Learning rate 0"),
        (("pixels", "--layer", "deep"), "deep"),
        (("pixels", "--plot", "x.gif"), ".png"),
        (("trials:no-such.csv",), "does not exist"),
        (("pixels", "gabor", "--out", "x.csv"), "name one model"),
        (("pixels", "--fine-tune"), "no weights that could move"),
    ],
)
def test_a_users_mistake_ends_with_2_and_the_way_on(words: tuple[str, ...], told: str) -> None:
    done = run(*words, "--draws", "60")
    assert done.exit_code == 2, done.output
    assert told in done.stderr
