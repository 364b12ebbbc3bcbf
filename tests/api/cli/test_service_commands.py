"""submit, status, cancel, retry, publish and admin as their user has them, on a served tiny study without workers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import servers
from local_server import served as served_at
from tiny_study import NAMES, tiny_catalogue
from typer.testing import CliRunner, Result

from brainrank.api.app import create_app
from brainrank.api.cli.main import app
from brainrank.api.cli.serve import leave_token
from brainrank.api.client.client import Client
from brainrank.api.routes.service import open_service
from brainrank.api.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    port = servers.free_port()
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRAINRANK_URL", f"http://127.0.0.1:{port}")
    for name in ("DATABASE_URL", "BROKER_URL", "TOKEN"):
        monkeypatch.delenv(f"BRAINRANK_{name}", raising=False)
    settings = Settings()
    service = replace(open_service(settings, signal=lambda _: None), catalogue=tiny_catalogue(tmp_path))
    leave_token(settings, service)
    with served_at(create_app(service), port=port):
        yield lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def answer(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def states(found: dict[str, object]) -> set[str]:
    runs = found["runs"]
    assert isinstance(runs, list)
    return {run["status"] for run in runs}


def test_a_submission_from_first_to_last(run: Run) -> None:
    assert "No submissions of yours yet" in run("status").stderr
    made = answer(run("submit", "pixels", "--benchmark", "tiny", "--private", "--note", "mine", "--json"))
    assert (made["visibility"], made["note"], made["owner"]) == ("private", "mine", "local")
    assert states(made) == {"queued"}
    shown = run("status").stdout
    assert all(word in shown for word in ("submission 1", "pixels", "private", *NAMES, "queued"))
    assert states(answer(run("cancel", 1, "--json"))) == {"cancelled"}
    logged = answer(run("status", 1, "--log", "--json"))["log"]
    assert isinstance(logged, list)
    assert [line["text"] for line in logged] == ["queued", "queued", "cancelled", "cancelled"]
    assert "cancelled" in run("status", 1, "--watch").stderr
    assert states(answer(run("retry", 1, "--json"))) == {"queued"}
    assert answer(run("publish", 1, "--json"))["visibility"] == "public"
    assert answer(run("unpublish", 1, "--json"))["visibility"] == "private"


@pytest.mark.parametrize("words", [("submit", "pixels", "--watch"), ("status", "1", "--watch")])
def test_ctrl_c_ends_the_watching_and_not_the_submission(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    answer(run("submit", "pixels", "--json"))

    def interrupted(_client: Client, _number: int) -> None:
        raise KeyboardInterrupt

    number = "2" if words[0] == "submit" else "1"
    with monkeypatch.context() as patch:
        patch.setattr(Client, "watch", interrupted)
        result = run(*words)
    assert result.exit_code == 130
    assert f"Submission {number} goes on. Watch it again: brainrank status {number} --watch" in result.stderr
    assert states(answer(run("status", number, "--json"))) == {"queued"}


def test_a_file_that_the_model_names_is_uploaded(run: Run, tmp_path: Path) -> None:
    np.savez(tmp_path / "My Net.npz", late=np.ones((12, 3)))
    made = answer(run("submit", f"features:{tmp_path / 'My Net.npz'}", "--layers", "late", "--json"))
    model = made["model"]
    assert isinstance(model, dict)
    assert model["name"] == "my-net"
    assert model["source"].startswith("features:")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("submit", "pixles"), "did you mean pixels"),
        (("submit", "features:absent.npz"), "cannot be read"),
        (("submit", "file:net.pth#timm:vgg11"), "There is no file net.pth"),
        (("submit", "pixels", "--name", "mine", "--pooling", "max"), "pooling"),
        (("status", "--log"), "Give its number"),
        (("cancel", "7"), "There is no submission 7"),
        (("export", "--out", "board.xlsx"), "Unknown ending of an export '.xlsx': choose from .csv"),
        (("export", "tinny", "--out", "board.csv"), "did you mean tiny"),
        (("export", "scores", "--out", "s.csv", "--as-of", "2026-01-01"), "leave out --convention"),
        (("admin", "token", "create", "ada", "--scope", "all"), "Unknown scope"),
        (("admin", "token", "revoke", "9"), "There is no token 9"),
        (("worker", "--queue", "tpu"), "Unknown queue 'tpu'"),
        (("worker", "--precision", "fp8"), "Unknown precision 'fp8'"),
        (("worker",), "set BRAINRANK_BROKER_URL"),
        (("serve", "--workers", "2"), "set BRAINRANK_BROKER_URL"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert result.stdout == ""


def test_tokens_are_made_shown_once_and_revoked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    token = run("admin", "token", "create", "ada", "--days", "30").stdout.strip()
    monkeypatch.setenv("BRAINRANK_TOKEN", token)
    assert answer(run("submit", "pixels", "--json"))["owner"] == "ada"
    listed = json.loads(run("admin", "token", "list", "--json").stdout)
    assert [(each["owner"], each["scope"]) for each in listed] == [("local", "admin"), ("ada", "submit")]
    assert token not in run("admin", "token", "list").stdout
    assert run("admin", "token", "revoke", "2").exit_code == 0
    refused = run("status")
    assert refused.exit_code == 2
    assert "was revoked" in refused.stderr


def test_only_this_user_can_read_the_local_token(run: Run, tmp_path: Path) -> None:
    assert (tmp_path / "home" / "local-token").stat().st_mode & 0o077 == 0


def test_a_database_is_migrated(run: Run) -> None:
    assert run("admin", "migrate").exit_code == 0


def test_boards_and_scores_are_exported(run: Run, tmp_path: Path) -> None:
    assert run("export", "--out", tmp_path / "board.csv").exit_code == 0
    assert (tmp_path / "board.csv").read_text().startswith("rank,last_rank,model,family,mean,low,high,coverage")
    assert "Wrote" in run("export", "scores", "--out", tmp_path / "scores.json").stderr
    assert json.loads((tmp_path / "scores.json").read_text()) == []
    assert run("export", "tiny", "--out", tmp_path / "tiny.parquet", "--as-of", "2026-01-01").exit_code == 0


def test_files_are_uploaded_listed_and_removed(run: Run, tmp_path: Path) -> None:
    assert "No files of yours" in run("uploads", "list").stderr
    np.save(tmp_path / "net.npy", np.ones((12, 3)))
    made = answer(run("uploads", "add", tmp_path / "net.npy", "--json"))
    assert (made["ready"], made["kind"]) == (True, "npy")
    shown = run("uploads", "list").stdout
    assert all(word in shown for word in ("npy", str(made["source"])))
    assert "Removed upload 1" in run("uploads", "remove", 1).stdout
    assert json.loads(run("uploads", "list", "--json").stdout) == []
    assert "There is no upload 1 of yours" in run("uploads", "remove", 1).stderr
