"""What the demo says at its end: how the shell finds the program that just ran."""

import sys
from pathlib import Path

import pytest

from brainrank.api.cli.demo import READING, way_to_the_program


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with an environment, whose Python runs, and a shell that knows nothing of it."""
    folder = tmp_path / "check out" / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "brainrank"):
        (folder / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path / "check out")
    return folder


def test_an_environment_is_activated_first(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (environment / "activate").touch()
    assert way_to_the_program()[0] == "  source .venv/bin/activate"
    monkeypatch.chdir(tmp_path)
    assert way_to_the_program()[0] == "  source 'check out/.venv/bin/activate'"


def test_nothing_is_said_where_the_shell_finds_it(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(environment))
    assert way_to_the_program() == []


def test_another_brainrank_on_the_path_is_not_this_one(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brainrank").touch(mode=0o755)
    assert way_to_the_program() == ["  .venv/bin/brainrank is the program; below it is called brainrank"]


def test_the_readme_shows_what_the_demo_says() -> None:
    shown = (Path(__file__).parents[3] / "README.md").read_text()
    for line in READING.partition("[bold]What next")[0].strip().splitlines():
        assert line.replace("[bold]", "").replace("[/bold]", "") in shown
