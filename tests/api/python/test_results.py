"""Score and Scores: frozen, framed, drawn, shown."""

import math
from dataclasses import FrozenInstanceError
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from stored_scores import made_result
from tiny_study import NAMES, tiny_catalogue

import brainrank as br
from brainrank.api.repositories import runs
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.score import Interval, NoiseCeiling

IT, V1 = NAMES


@pytest.fixture(autouse=True)
def _no_windows() -> Any:
    mpl.use("agg")
    yield
    plt.close("all")


def made(tmp_path: Path, model: str, benchmark: str, value: float, **named: Any) -> br.Score:
    result = made_result(model, tiny_catalogue(tmp_path).benchmarks[benchmark], value, **named)
    return br.Score(runs.stored_run_without_database(ModelSpec(model, "classical", "classical:pixels"), result))


@pytest.fixture
def score(tmp_path: Path) -> br.Score:
    return made(tmp_path, "a<b>", IT, 0.5)


@pytest.fixture
def scores(tmp_path: Path) -> br.Scores:
    failure = br.ScoreFailure("bad & worse", V1, DataUnavailableError("the site is down"))
    found = (made(tmp_path, "one", IT, 0.5), made(tmp_path, "two", IT, -0.1), made(tmp_path, "one", V1, 0.25))
    return br.Scores(found, (failure,), "25 need files")


class Checked(HTMLParser):
    """Every tag is closed; the text is what a reader reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_a_score_says_what_it_is(score: br.Score) -> None:
    assert (score.model, score.benchmark, score.value, score.unit, score.run) == ("a<b>", IT, 0.5, "r", None)
    assert (score.interval.low, score.interval.high, score.interval.level) == (0.48, 0.52, 0.95)
    assert (score.ceiling.lower, score.ceiling.unreliable, score.reason) == (0.9, False, "")
    assert score.layers == ("a", "b")  # each once, though two halves were reported from the same
    assert score.receipt["benchmark"] == IT
    assert score.per_target is not None
    assert score.per_target.to_dict() == {"n1": 0.5, "n2": pytest.approx(math.nan, nan_ok=True)}
    assert score.per_subject is not None
    assert score.per_subject.to_dict() == {"s1": 0.5}
    assert repr(score) == f"<Score a<b> on {IT}: .500 r [.480 to .520], ceiling .900>"


def test_it_cannot_be_changed(score: br.Score, scores: br.Scores) -> None:
    for each, name in ((score, "value"), (score, "_run"), (scores, "scores"), (scores, "value")):
        with pytest.raises((FrozenInstanceError, AttributeError)):
            setattr(each, name, 1.0)
    score.receipt["seed"] = 5  # type: ignore[index]
    assert score.receipt["seed"] == 0
    score.receipt["layers"].append("none")
    assert "none" not in score.receipt["layers"]
    targets = score.per_target
    assert targets is not None
    targets.loc["n1"] = 0.0
    assert score.per_target is not None
    assert score.per_target["n1"] == 0.5


def test_its_frames(score: br.Score) -> None:
    (row,) = score.frame().to_dict("records")
    assert pd.isna(row.pop("run"))
    assert row == {
        **{"model": "a<b>", "benchmark": IT, "value": 0.5, "low": 0.48, "high": 0.52, "unit": "r"},
        **{"ceiling_lower": 0.9, "ceiling_upper": 0.9, "ceiling_unreliable": False},
        **{"layers": "a, b", "reason": ""},
    }
    layers = score.frame("layers")
    assert layers.columns.tolist() == ["model", "benchmark", "layer", "value", "unit", "won"]
    assert layers.layer.tolist() == ["a", "b"]
    assert layers.won.tolist() == [2 / 3, 1 / 3]
    assert score.frame("subjects").subject.tolist() == ["s1"]
    assert np.array_equal(score.frame("targets").value, [0.5, np.nan], equal_nan=True)
    assert score.frame("details")[["detail", "value", "people"]].values.tolist() == [["accuracy", 0.5, 0.9]]
    with pytest.raises(br.BrainrankError, match="Unknown part of a score 'layer': did you mean layers"):
        score.frame("layer")  # type: ignore[arg-type]


def test_scores_are_found_by_place_and_by_names(scores: br.Scores) -> None:
    assert (len(scores), [each.value for each in scores]) == (3, [0.5, -0.1, 0.25])
    assert (scores[0].value, scores[-1].value, len(scores[:2])) == (0.5, 0.25, 2)
    assert [each.value for each in scores["one"]] == [0.5, 0.25]
    assert [each.value for each in scores[IT]] == [0.5, -0.1]
    assert scores["one", V1].value == 0.25
    assert (len(scores["bad & worse"]), len(scores["bad & worse"].failures)) == (0, 1)
    with pytest.raises(DataUnavailableError, match="the site is down"):
        scores["bad & worse", V1]
    with pytest.raises(br.BrainrankError, match="Unknown model or benchmark of these scores 'on': did you mean one"):
        scores["on"]
    with pytest.raises(br.BrainrankError, match="Unknown benchmark of two among these scores"):
        scores["two", V1]
    with pytest.raises(IndexError):
        scores[7]


def test_of_exactly_one_everything_is_said_by_the_sequence_itself(scores: br.Scores, score: br.Score) -> None:
    one = br.Scores((score,))
    for name in ("model", "benchmark", "value", "unit", "interval", "ceiling", "layers", "receipt", "reason", "run"):
        assert getattr(one, name) == getattr(score, name)
    assert one.per_target is not None
    assert one.per_subject is not None
    assert (repr(one), one._repr_html_()) == (repr(score), score._repr_html_())
    with pytest.raises(br.BrainrankError, match=r"3 scores here, and 1 that failed; ask for one of them, as \['one'"):
        _ = scores.value
    with pytest.raises(br.BrainrankError, match=r"0 scores here, and 1 that failed; `.failures` says why"):
        _ = scores["bad & worse"].value


def test_what_failed_is_a_row_and_a_line(scores: br.Scores) -> None:
    frame = scores.frame()
    assert frame.model.tolist() == ["one", "two", "one", "bad & worse"]
    assert frame.reason.tolist()[-1] == "the site is down"
    assert repr(scores).splitlines() == [
        "<Scores: 3, 1 failed>",
        f"  one on {IT}: .500 r",
        f"  two on {IT}: -.100 r",
        f"  one on {V1}: .250 r",
        f"  bad & worse on {V1} failed: the site is down",
        "  25 need files",
    ]
    assert br.Scores(()).frame().empty
    assert br.Scores(()).frame("layers").empty
    assert str(frame["run"].dtype) == "Int64"
    assert len(scores.frame("layers")) == 6


def test_a_score_as_html(score: br.Score) -> None:
    page = Checked(score._repr_html_())
    for text in ("a<b>", IT, ".500", "95 % interval: .480 to .520", "noise ceiling: .900", "layers: a, b"):
        assert text in page.text
    assert page.tags.count("svg") == 2  # the interval, and the layer curve
    assert page.tags.count("rect") == 1  # the ceiling


def test_scores_as_html(scores: br.Scores) -> None:
    page = Checked(scores._repr_html_())
    assert page.tags.count("svg") == len(scores)
    assert "failed: the site is down" in page.text
    assert "25 need files" in page.text


@pytest.mark.parametrize("value", [math.nan, 0.0, -0.2])
def test_what_is_undefined_is_shown_and_drawn_all_the_same(tmp_path: Path, value: float) -> None:
    nothing = NoiseCeiling(math.nan, math.nan, "one subject", Interval(math.nan, math.nan))
    found = made(tmp_path, "m", IT, value, spread=0.0, ceiling=nothing)
    assert "one subject" in Checked(found._repr_html_()).text
    assert "one subject" in Checked(br.Scores((found, found))._repr_html_()).text
    assert "nan" not in repr(found)
    found.plot()
    br.Scores((found, found)).plot()


def test_drawings_go_into_the_axes_given_or_new_ones(score: br.Score, scores: br.Scores) -> None:
    _, ax = plt.subplots()
    assert score.plot(ax) is ax
    assert ax.get_ylabel() == "r"
    assert [each.get_text() for each in ax.get_xticklabels()] == ["a", "b"]
    new = scores.plot()
    assert new is not ax
    assert [each.get_text() for each in new.get_yticklabels()] == [f"{e.model}, {e.benchmark}" for e in scores]
    assert [each.get_text() for each in scores[IT].plot().get_yticklabels()] == ["one", "two"]
    assert [each.get_text() for each in scores["one"].plot().get_yticklabels()] == [IT, V1]
    with pytest.raises(br.BrainrankError, match="ax is a str; give matplotlib axes"):
        score.plot("axes")  # type: ignore[arg-type]
    with pytest.raises(br.BrainrankError, match="no score here to draw"):
        br.Scores(()).plot()
