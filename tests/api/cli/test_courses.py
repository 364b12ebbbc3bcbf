"""`brainrank runs course` and `runs show` on scores over time."""

import csv
import json
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


def test_windows_are_told_and_differ_from_the_first(stored: Callable[..., Result]) -> None:
    done = stored("runs", "windows", 1, "--window", "50:200", "--window", "0:0", "--json")
    declared, _, apart = json.loads(done.stdout)
    score = timed_score()
    assert (declared["window"], apart["window"]) == ("50 to 200 ms", "0 to 0 ms less 50 to 200 ms")
    assert declared["value"] == pytest.approx(score.value)
    assert (declared["low"], declared["high"]) == pytest.approx((score.interval.low, score.interval.high))
    table = stored("runs", "windows", 1, "--minus", 2, "--window", "50:200").stdout
    assert "a less b" in table
    assert "50 to 200 ms" in table


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((1, "--window", "50-200"), "'50-200' is no window of time; write it as 60:120"),
        ((1, "--window", "900:950"), "no time lies between 900 and 950 ms"),
        ((3, "--window", "50:200"), "has no course"),
    ],
)
def test_windows_that_are_none_are_refused(
    stored: Callable[..., Result], words: tuple[object, ...], message: str
) -> None:
    refused = stored("runs", "windows", *words)
    assert refused.exit_code == 2
    assert message in refused.output


def test_a_run_without_a_course_is_refused(stored: Callable[..., Result], tmp_path: Path) -> None:
    for words in ((3,), (1, "--minus", 3)):
        refused = stored("runs", "course", *words, "--out", tmp_path / "c.csv")
        assert refused.exit_code == 2
        assert "has no course; only time-resolved metrics have one" in refused.output
    assert not (tmp_path / "c.csv").exists()
