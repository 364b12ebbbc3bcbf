"""The page that compares models: what it says, its charts as plain values, and where two models disagree."""

from typing import Any

import numpy as np
import pytest
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.pages.compare_charts import forest, points
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.boards.side_by_side import side_by_side
from brainrank.api.services.views.disagreements import PairedScores
from brainrank.benchmark.types.convention import Convention

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES
SCORES = {"hf:owner/a": (0.5, 0.3), "b": (0.4, 0.3001), "c": (0.1, None)}


@pytest.fixture
def scored(api: Api) -> Api:
    with api.service.begin() as session:
        for model, values in SCORES.items():
            for name, value in zip(NAMES, values, strict=True):
                if value is not None:
                    store(session, model, api.service.catalogue.benchmarks[name], value, spread=0.01)
    return api


def page(api: Api, query: str) -> str:
    answer = api.http.get(f"/compare?{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return str(answer.text)


def test_without_models_there_is_a_form_that_knows_them(scored: Api) -> None:
    text = page(scored, "")
    assert all(f'<option value="{name}"></option>' for name in SCORES)
    assert "Name two to six models" in text
    assert "plotly" not in text


def test_two_models_on_mean_and_benchmarks(scored: Api) -> None:
    text = page(scored, "models=hf:owner/a&models=b")
    assert "Over groups of the 2 benchmarks" in text
    assert "as shares of the noise ceiling" in text
    assert "<b>.444</b>" in text  # of a ceiling of .9
    assert "+.111" in text
    assert "2 of 2" in text
    assert "<b>higher</b>" in text
    assert "not told apart" in text
    assert '<a href="/models/hf:owner/a">' in text
    assert 'data-src="/charts/compare/forest?models=hf%3Aowner%2Fa&amp;models=b&amp;convention=explained"' in text
    assert "Target by target" in text
    assert "Activations of hf:owner/a are not on this machine" in text


def test_what_is_not_scored_for_both_is_said(scored: Api) -> None:
    text = page(scored, "models=b&models=hf:owner/a&models=c")
    assert "Two models are compared on the benchmarks both have" in text
    assert "1 of 2" in text
    assert "not scored for both" in text


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("models=b&models=zz", "&#39;zz&#39; has no score"),
        ("&".join(f"models={each}" for each in "abcdefg"), "7 models are too many"),
        ("models=b&models=c&board=nix", "Unknown"),
    ],
)
def test_a_mistake_is_said_beside_the_form(scored: Api, query: str, fault: str) -> None:
    text = page(scored, query)
    assert fault in text
    assert "<form" in text


def test_the_forest_has_a_row_for_each_benchmark_and_a_series_for_each_other_model(scored: Api) -> None:
    with scored.service.begin() as session:
        benchmarks = list(scored.service.catalogue.benchmarks.values())
        found = side_by_side(session, ("b", "c", "hf:owner/a"), benchmarks, convention=Convention.RAW, viewer=EVERYBODY)
    chart = forest(found)
    less_c, less_a = chart["data"]
    assert [each["name"] for each in chart["data"]] == ["less c", "less hf:owner/a"]
    assert less_c["x"] == pytest.approx([0.3, 0.3])  # of the mean over what both have, which is `it` alone
    assert less_a["x"] == pytest.approx([-0.04995, -0.1, 0.0001])  # and over both benchmarks
    assert less_a["marker"]["symbol"] == ["square", "square", "square-open"]
    assert [len(set(each["y"])) for each in chart["data"]] == [2, 3]
    assert not set(less_a["y"]) & set(less_c["y"])
    answer = scored.http.get("/charts/compare/forest?models=b&models=c&models=hf:owner/a&convention=raw").json()
    assert answer["data"][1]["x"] == pytest.approx(less_a["x"])


def test_points_leave_out_what_is_undefined(scored: Api) -> None:
    chart = points(PairedScores("target", ["n1", "n2"], np.array([0.5, np.nan]), np.array([0.2, 0.3])), "a", "b")
    assert (chart["data"][0]["x"], chart["data"][0]["y"], chart["data"][0]["text"]) == ([0.5], [0.2], ["target n1"])
    with scored.service.begin() as session:
        found = side_by_side(
            session, ("b", "c"), list(scored.service.catalogue.benchmarks.values()), convention=Convention.RAW,
            viewer=EVERYBODY,
        )  # fmt: skip
    first, second = (found.scores[name][IT].run_id for name in ("b", "c"))
    answer = scored.http.get(f"/charts/compare/points?first={first}&second={second}")
    assert answer.json()["data"][0]["x"] == [0.4]
    assert scored.http.get(f"/charts/compare/points?first={first}&second=99").status_code == 404
    assert scored.http.get(f"/charts/compare/points?first={first}&second={2**70}").status_code == 422
