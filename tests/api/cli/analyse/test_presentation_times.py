"""`brainrank analyse presentation-times`: table, JSON and figure of the same numbers; mistakes are told."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.api.number_text import number_text
from tests.support.timed_trials import CATEGORIES, write_timed_trials


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    path = tmp_path / "trials.csv"
    write_timed_trials(path, (8.3, 266.0), people=4, images=40)
    return path


def run(*words: object) -> Result:
    given = ("analyse", "presentation-times", *words, "--categories", ",".join(CATEGORIES), "--draws", 100)
    return CliRunner().invoke(app, [str(word) for word in given])


def test_table_json_and_figure_say_the_same(trials: Path, tmp_path: Path) -> None:
    figure = tmp_path / "times.svg"
    done = run(trials, "--plot", figure)
    assert done.exit_code == 0, done.output
    assert "within .100 of that at 266 ms" in " ".join(done.stdout.split())
    assert "presentation time (ms)" in figure.read_text()
    told = json.loads(run(trials, "--json").stdout)
    assert [each["condition"] for each in told["conditions"]] == ["low-pass", "natural"]
    first = told["conditions"][0]["times"][0]
    assert (first["duration_ms"], first["people"], first["images"]) == (8.3, 4, 40)
    assert number_text(first["kappa"]["value"]) in done.stdout
    assert first["models"][0]["model"] == "net"


def test_mistakes_are_told(trials: Path, tmp_path: Path) -> None:
    assert "did you mean" in run(trials, "--models", "nte").output
    assert run(trials, "--margin", 0).exit_code == 2
    assert run(trials, "--plot", tmp_path / "x.doc").exit_code == 2
    trials.write_text(trials.read_text().replace("duration_ms", "session"))
    done = run(trials)
    assert done.exit_code == 2
    assert "has no column of presentation times" in done.output
