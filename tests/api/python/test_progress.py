"""The bar of long work: one at a time, on stderr, gone at the end."""

import pytest

from brainrank.api.python.progress import Bars
from brainrank.benchmark.types.reporter import Reporter


def test_it_is_a_reporter() -> None:
    assert isinstance(Bars(progress=True), Reporter)


def test_a_stage_has_a_bar_that_goes(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars(progress=True) as bars:
        bars.start(runs=1)
        bars.start_run("one on it")
        for done in range(4):
            bars.progress("extracting", done, 3)
        bars.progress("scoring", 0, 1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "extracting:" in err
    assert "scoring:" in err
    assert "\x1b[A" not in err  # no second bar below it, which a notebook without widgets cannot draw
    assert err.endswith("\r")


def test_of_several_runs_one_bar_names_run_and_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars(progress=True) as bars:
        bars.start(runs=2)
        for name in ("one on it", "two on it"):
            bars.start_run(name)
            bars.progress("extracting", 0, 3)
    err = capsys.readouterr().err
    assert "one on it:" in err
    assert "1/2" in err
    assert "extracting 0/3" in err
    assert "\x1b[A" not in err


def test_messages_are_told_once_and_nothing_where_nothing_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    for progress in (True, False):
        with Bars(progress=progress) as bars:
            bars.start(runs=3)
            bars.start_run("one on it")
            bars.message("No preprocess was given")
            bars.message("No preprocess was given")
            bars.progress("extracting", 1, 3)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("No preprocess was given") == int(progress)
        assert bool(err) is progress
