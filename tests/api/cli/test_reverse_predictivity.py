"""`brainrank reverse-predictivity`: the numbers of `br.reverse_predictivity`, as a table and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import brainrank as br
from brainrank.api.cli.main import app

N = 36
NAME = "lab.responses.encoding"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> br.OwnData:
    """Data whose benchmarks are all there are."""
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (N, 8, 8, 3), dtype=np.uint8)
    bright = images.mean(axis=(1, 2, 3), dtype=float)[:, None, None]
    axes = ("stimuli", "repeats", "targets")
    found = br.data(images, responses=bright + rng.standard_normal((N, 3, 4)), axes=axes, name="lab")
    monkeypatch.setattr("brainrank.api.cli.measured_spaces.open_catalogue", lambda *_: found.catalogue)
    return found


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
