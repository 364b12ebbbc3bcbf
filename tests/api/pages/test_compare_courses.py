"""Two models over time, side by side."""

from typing import Any

import numpy as np
import pytest
from stored_scores import store, store_score
from timed_study import timed_score
from tiny_study import NAMES

from brainrank.api.pages.compare_courses import courses_figure
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.views.compared_courses import compared_courses

Api = Any  # the fixture of conftest.py, which is no module
BOTH = "models=a&models=b"


@pytest.fixture
def timed(api: Api) -> Api:
    """Runs 1 and 2 have courses, run 3 none."""
    with api.service.begin() as session:
        at = api.service.catalogue.benchmarks[NAMES[0]]
        store_score(session, "a", at, timed_score())
        store_score(session, "b", at, timed_score(features=1))
        store(session, "c", at, 0.4)
    return api


def test_courses_and_their_difference_are_one_chart(timed: Api) -> None:
    chart = timed.http.get("/charts/compare/courses?first=1&second=2").json()
    first, second = timed_score().course, timed_score(features=1).course
    assert first is not None
    assert second is not None
    lines = {each["name"]: each for each in chart["data"] if each.get("line", {}).get("width") == 2}
    assert list(lines) == ["a", "b", "a less b"]
    assert lines["a"]["y"][1:] == pytest.approx(first.values[1:], abs=1e-5)
    assert lines["a less b"]["y"][1:] == pytest.approx((first.values - second.values)[1:], abs=2e-5)
    assert lines["a less b"]["yaxis"] == "y2"
    assert lines["a"]["y"][0] is None
    bands = [each["name"] for each in chart["data"] if "fill" in each]
    assert bands == ["noise ceiling", "a, 95 % band", "b, 95 % band", "95 % band of the difference"]
    refused = timed.http.get("/charts/compare/courses?first=1&second=3")
    assert refused.status_code == 404
    assert "only time-resolved metrics have them" in refused.json()["detail"]


def test_where_models_are_told_apart_is_marked(timed: Api) -> None:
    with timed.service.begin() as session:
        found = compared_courses(session, (1, 2), EVERYBODY)
    assert found is not None
    p = np.where(found.first.times_ms >= 100, 0.01, 0.5)
    figure = courses_figure(found._replace(difference=found.difference._replace(p=p)))
    (marks,) = (each for each in figure["data"] if each["name"] == "p < .05, corrected")
    assert np.isfinite(marks["y"]).tolist() == (p < 0.05).tolist()


def test_the_page_has_an_early_and_a_late_window(timed: Api) -> None:
    text = timed.http.get(f"/compare?{BOTH}").text
    assert 'data-src="/charts/compare/courses?first=1&amp;second=2"' in text
    assert 'value="50:100"' in text
    assert 'value="150:200"' in text
    assert "150 to 200 ms less 50 to 100 ms" in text
    assert "They differ (p &lt; .05, corrected for all times) at " in text


def test_other_windows_are_taken_and_mistakes_are_said(timed: Api) -> None:
    text = timed.http.get(f"/compare?{BOTH}&window=0:50&window=100:200").text
    assert "100 to 200 ms less 0 to 50 ms" in text
    for wrong, message in (("fifty", "is no window of time"), ("900:950", "no time lies between 900 and 950 ms")):
        answer = timed.http.get(f"/compare?{BOTH}&window={wrong}")
        assert answer.status_code == 200
        assert message in answer.text
        assert "150 to 200 ms less 50 to 100 ms" in answer.text


def test_without_courses_there_is_nothing_of_time(timed: Api) -> None:
    assert "Time by time" not in timed.http.get("/compare?models=a&models=c").text
