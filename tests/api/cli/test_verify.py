"""`brainrank verify` as a user has it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app

MONKEY = "kriegeskorte2008.monkey-it.rsa"


def brainrank(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_run_is_scored_again(tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    (made,) = json.loads(brainrank("score", "pixels", "--benchmark", MONKEY, "--json").stdout)
    same = brainrank("verify", made["run"])
    assert same.exit_code == 0, same.stderr
    assert "the same to the last bit" in same.stdout
    file = tmp_path / "run.json"
    file.write_text(json.dumps({**made, "value": made["value"] + 0.1}))
    differs = brainrank("verify", file, "--json")
    assert differs.exit_code == 1
    told = json.loads(differs.stdout)
    assert (told["verdict"], told["now"]["value"], told["changed"]) == ("differs", made["value"], {})
    file.write_text(json.dumps({**made, "receipt": {**made["receipt"], "benchmark_version": 9}}))
    elsewhere = brainrank("verify", file)
    assert elsewhere.exit_code == 1
    assert "cannot be scored here" in elsewhere.stdout
    assert "at version 2 by now" in elsewhere.stdout


def test_every_score_of_the_database_is_scored_again(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    nothing = brainrank("verify", "--all")
    assert (nothing.exit_code, "holds no score" in nothing.stderr) == (2, True)
    assert "or give --all" in " ".join(brainrank("verify").stderr.split())
    for model in ("pixels", "gabor"):
        assert brainrank("score", model, "--benchmark", MONKEY).exit_code == 0
    same = brainrank("verify", "--all")
    assert (same.exit_code, same.stdout.strip()) == (0, "2 of 2 scores are the same to the last bit")
    with closing(sqlite3.connect(tmp_path / "home" / "brainrank.db")) as database:
        database.execute("UPDATE scores SET value = value + 0.001 WHERE run_id = 1")
        database.commit()
    differs = brainrank("verify", "--all")
    assert differs.exit_code == 1
    assert "value by -0.001" in differs.stdout
    assert "1 of 2 scores" in differs.stdout
    told = json.loads(brainrank("verify", "--all", "--json").stdout)
    assert [each["verdict"] for each in told] == ["the same to the last bit", "differs"]


def test_what_is_no_run_is_the_users_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    (tmp_path / "text.json").write_text("no JSON")
    (tmp_path / "list.json").write_text("[1]")
    for given, words in (
        ("7", "no succeeded run 7"),
        (tmp_path / "none.json", "neither the number of a run nor a file"),
        (tmp_path / "text.json", "is no JSON"),
        (tmp_path / "list.json", "no run with a score"),
    ):
        refused = brainrank("verify", given)
        assert refused.exit_code == 2
        assert words in " ".join(refused.stderr.split())
