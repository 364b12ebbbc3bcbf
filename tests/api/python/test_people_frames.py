"""Groups of people from a stored score: the frame and the command have the same numbers."""

import json
from pathlib import Path

import pytest
from answered_study import answered_catalogue, store_answers
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.python.score_result import Score
from brainrank.api.repositories.runs import StoredRun, find_run

GROUPS = {"ann": "children", "ben": "children", "cyd": "adults"}


def stored(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, groups: dict[str, str]) -> StoredRun:
    """A run on answers of people, in the database that settings name and the catalogue that is opened."""
    catalogue = answered_catalogue(folder, group_of=groups)
    for module in ("api.cli.runs", "api.services.views.open_catalogue"):
        monkeypatch.setattr(f"brainrank.{module}.open_catalogue", lambda *_: catalogue)
    monkeypatch.setenv("BRAINRANK_DATABASE_URL", url)
    monkeypatch.setenv("BRAINRANK_HOME", str(folder / "home"))
    engine = open_database(url)
    with transaction(engine) as session:
        found = find_run(session, store_answers(session, catalogue, "chooser"))
    engine.dispose()
    return found


def test_frame_and_command_agree(tmp_path: Path, migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stored(tmp_path, migrated_sqlite, monkeypatch, GROUPS)
    frame = Score(run).frame("people")
    assert frame["group"].tolist() == ["adults", "children"]
    assert frame["model"].tolist() == ["chooser", "chooser"]
    told = CliRunner().invoke(app, ["runs", "people", str(run.run_id), "--json"])
    assert told.exit_code == 0, told.stderr
    (model,) = json.loads(told.stdout)["models"]
    assert [each["kappa"]["value"] for each in model["groups"]] == pytest.approx(frame["kappa"].tolist())
    assert all(frame["reason"])
    printed = CliRunner().invoke(app, ["runs", "people", str(run.run_id)])
    assert "Of too few errors nobody can tell whose errors the model shares most." in printed.stdout


def test_people_in_no_groups(tmp_path: Path, migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stored(tmp_path, migrated_sqlite, monkeypatch, {})
    with pytest.raises(br.BrainrankError, match="are in no groups"):
        Score(run).frame("people")
    told = CliRunner().invoke(app, ["runs", "people", str(run.run_id)])
    assert (told.exit_code, "are in no groups" in told.stderr) == (2, True)
