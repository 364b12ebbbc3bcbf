"""`brainrank reverse-predictivity`: the numbers of `br.reverse_predictivity`, as a table and as JSON."""

import json

import pytest
from typer.testing import CliRunner, Result

import brainrank as br
from brainrank.api.cli.main import app

N = 36
NAME = "lab.responses.encoding"


def run(*words: object) -> Result:
    given = ("reverse-predictivity", *words, "--folds", 3, "--draws", 60)
    return CliRunner().invoke(app, [str(word) for word in given])


def test_json_and_table_hold_what_the_python_function_finds(lab: br.OwnData) -> None:
    done = run("pixels", "--benchmark", NAME, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    spaces = {"pixels": "pixels"}
    found = br.reverse_predictivity(spaces, lab, folds=3, draws=60, progress=False)
    assert (told["benchmark"], told["stimuli"], told["targets"]) == (NAME, N, 4)
    assert [each["model"] for each in told["models"]] == list(spaces)
    ways = [way for each in told["models"] for way in each["ways"]]
    assert [each["r2"] for each in ways] == found["r2"].tolist()
    assert [each["interval"]["low"] for each in ways] == found["low"].tolist()
    assert [(each["way"], each["components"]) for each in ways] == list(
        zip(found["way"], found["components"], strict=True)
    )
    table = run("pixels", "--benchmark", NAME)
    assert table.exit_code == 0, table.output
    assert "predicts the responses, 4 components" in table.output
    assert "is predicted by them" in table.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gabor", "gabor", "--benchmark", NAME], "a model is there twice"),
        (["nothing-like-it", "--benchmark", NAME], "Unknown model 'nothing-like-it'"),
        (["gabor", "--benchmark", "lab.other"], "Unknown benchmark"),
    ],
)
def test_bad_input_is_told(lab: br.OwnData, words: list[str], message: str) -> None:
    assert lab is not None
    done = run(*words)
    assert done.exit_code == 2
    assert message in done.output
