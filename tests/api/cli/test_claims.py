"""`brainrank claims` and `br.claims`: looked up here, registered, and refused in one line."""

import json
from pathlib import Path

import pytest
from stored_scores import store
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS

CONTENT = """
statement = "Gabor energies are more like V4 than pixels."
source = "nobody 2026"
first = ["gabor"]
second = ["pixels"]
expects = "more"
on = ["v4"]
"""


@pytest.fixture
def claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    path = tmp_path / "gabor.toml"
    path.write_text(CONTENT)
    with own_database(Settings()) as begin, begin() as session:
        for model, value in {"gabor": 0.5, "pixels": 0.2}.items():
            store(session, model, BENCHMARKS["cowley2023.v4-210325.encoding"], value)
    return path


def test_a_claim_is_looked_up(claim: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["claims", str(claim), "--plot", str(tmp_path / "c.png")])
    assert done.exit_code == 0, done.output
    for words in ("gabor: holds", "cowley2023 (monkey PE)", ".300", "It holds in 1 of 1 study"):
        assert words in done.stdout
    assert (tmp_path / "c.png").is_file()
    told = json.loads(CliRunner().invoke(app, ["claims", str(claim), "--json"]).stdout)
    assert told[0]["studies"][0]["difference"] == pytest.approx(0.3)
    assert told[0]["studies"][0]["interval"]["low"] > 0
    frame = br.claims(claim)
    assert list(frame.verdict) == ["holds"]
    assert frame.difference[0] == pytest.approx(0.3)


def test_registration_and_what_is_refused(claim: Path, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["claims", str(claim), "--register"]).exit_code == 0
    assert "gabor.toml" in (tmp_path / "registered.sha256").read_text()
    claim.write_text(CONTENT.replace('["v4"]', '["it"]'))
    edited = CliRunner().invoke(app, ["claims", str(claim)])
    assert edited.exit_code == 2
    assert "was edited after it was registered" in edited.stderr
    other = tmp_path / "other.toml"
    other.write_text(CONTENT.replace('["v4"]', '["it"]'))
    without = CliRunner().invoke(app, ["claims", str(other)])
    assert without.exit_code != 0
    assert "No benchmark of it has scores of all models" in without.stderr


def test_the_animal_is_the_random_factor(claim: Path) -> None:
    with own_database(Settings()) as begin, begin() as session:
        for model, value in {"gabor": 0.6, "pixels": 0.2}.items():
            store(session, model, BENCHMARKS["cowley2023.v4-190925.encoding"], value)
    board = CliRunner().invoke(app, ["leaderboard", "v4", "--over-subjects"])
    assert board.exit_code == 0, board.output
    assert ".550" in board.stdout
    assert "Over 2 subjects" in board.stdout
    command = ["compare", "gabor", "pixels", "--benchmark", "v4", "--over-subjects"]
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert told["lines"][0]["value"] == pytest.approx(0.35)
    assert told["lines"][0]["interval"]["low"] < 0 < told["lines"][0]["interval"]["high"]
    for wrong in (
        ["compare", "a", "b", "c", "--over-subjects"],
        ["leaderboard", "v4", "--over-subjects", "--plot", "x.png"],
    ):
        refused = CliRunner().invoke(app, wrong)
        assert refused.exit_code == 2
        assert "--over-subjects" in refused.stderr
