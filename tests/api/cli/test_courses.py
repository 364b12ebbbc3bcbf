"""`brainrank runs course` and `runs show` on scores over time."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from stored_scores import store, store_score
from timed_study import timed_score
from tiny_study import NAMES, tiny_catalogue
from typer.testing import Result

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.settings import Settings


@pytest.fixture
def stored(tiny: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs 1 and 2 have courses, run 3 none, run 4 one of steps."""
    benchmark = tiny_catalogue(tmp_path).benchmarks[NAMES[0]]
    with transaction(open_database(Settings().effective_database_url)) as session:
        for model in ("a", "b"):
            store_score(session, model, benchmark, timed_score())
        store(session, "c", benchmark, 0.4)
        store_score(session, "d", benchmark, timed_score(("V1", "V4.step1", "V4.step2")))
    return tiny


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_course_is_written(stored: Callable[..., Result], tmp_path: Path) -> None:
    assert stored("runs", "course", 1, "--out", tmp_path / "c.csv").exit_code == 0
    found = rows(tmp_path / "c.csv")
    assert [each["time_ms"] for each in found] == ["-50.0", "0.0", "50.0", "100.0", "150.0", "200.0"]
    assert found[0]["value"] == ""
    assert {"p_above_chance", "ceiling_lower", "layer layer-0"} <= set(found[0])


def test_a_difference_is_written_and_told(stored: Callable[..., Result], tmp_path: Path) -> None:
    told = stored("runs", "course", 1, "--minus", 2, "--out", tmp_path / "d.csv")
    assert told.exit_code == 0
    assert "a and b differ at no time" in told.output
    assert rows(tmp_path / "d.csv")[3]["p"] == "1.0"


def test_runs_show_tells_window_onset_and_peak(stored: Callable[..., Result]) -> None:
    out = stored("runs", "show", 1).stdout
    assert "mean of 50 to 200 ms after stimulus onset" in out
    assert "onset" in out
    assert "peak" in out


def test_runs_show_tells_how_much_later_steps_peak(stored: Callable[..., Result]) -> None:
    assert "V4 peaks later" in stored("runs", "show", 4).stdout
    assert "peaks later" not in stored("runs", "show", 1).stdout


def test_a_run_without_a_course_is_refused(stored: Callable[..., Result], tmp_path: Path) -> None:
    for words in ((3,), (1, "--minus", 3)):
        refused = stored("runs", "course", *words, "--out", tmp_path / "c.csv")
        assert refused.exit_code == 2
        assert "has no course; only time-resolved metrics have one" in refused.output
    assert not (tmp_path / "c.csv").exists()
