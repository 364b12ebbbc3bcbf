"""`brainrank partition`: the numbers of `br.partition`, as a table, as JSON and as a figure."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import brainrank as br
from brainrank.api.cli.main import app

N = 36
NAME = "lab.responses.encoding"
AXES = ("stimuli", "repeats", "targets")


def run(*words: object) -> Result:
    given = ("partition", *words, "--benchmark", NAME, "--folds", 3, "--draws", 60)
    return CliRunner().invoke(app, [str(word) for word in given])


def test_json_holds_what_the_python_function_finds(lab: br.OwnData) -> None:
    done = run("gabor", "pixels", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = br.partition({"gabor": "gabor", "pixels": "pixels"}, lab, folds=3, draws=60, progress=False)
    assert told["benchmark"] == NAME
    assert [each["value"] for each in told["quantities"]] == found.frame()["value"].tolist()
    assert [each["interval"]["low"] for each in told["quantities"]] == found.frame()["low"].tolist()
    of_targets = [target["value"] for each in told["quantities"] for target in each["targets"]]
    assert of_targets == found.targets()["value"].tolist()
    assert told["layers"] == {name: list(layers) for name, layers in found.layers.items()}
    assert [each["spaces"] for each in told["quantities"]][:3] == [["gabor"], ["pixels"], ["gabor", "pixels"]]
    assert (told["stimuli"], told["folds"], told["draws"], told["seed"]) == (N, 3, 60, 0)


def test_the_table_and_the_figure_say_the_same(lab: br.OwnData, tmp_path: Path) -> None:
    figure = tmp_path / "parts.svg"
    done = run("gabor", "pixels", "--plot", figure)
    assert done.exit_code == 0, done.output
    for words in (
        "unique to gabor",
        "shared by gabor + pixels",
        "R2 of gabor + pixels",
        "noise ceiling",
        "pixels: image",
    ):
        assert words in done.stdout
    assert "shared by gabor + pixels" in figure.read_text()
    assert run("gabor", "pixels", "--plot", tmp_path / "parts.doc").exit_code == 2


def test_layers_are_of_the_model_named(lab: br.OwnData) -> None:
    done = run("gabor", "pixels", "--layers", "gabor=complex", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["layers"]
    assert told == {"gabor": ["complex"] * 3, "pixels": ["image"] * 3}


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["gabor"], "1 feature spaces"),
        (["gabor", "gabor"], "are called alike"),
        (["gabor", "pixels", "gabor:x", "y"], "4 feature spaces"),
        (["gabor", "no-such-model"], "no-such-model"),
    ],
)
def test_a_mistake_is_told(lab: br.OwnData, models: list[str], message: str) -> None:
    done = run(*models)
    assert done.exit_code == 2
    assert message in done.stderr
