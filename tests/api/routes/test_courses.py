"""Scores over time as a client and a reader have them: JSON, files, the page of a run and its charts."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from stored_scores import store, store_score
from timed_study import timed_score
from tiny_study import NAMES

from brainrank.api.course_json import CourseJson
from brainrank.api.db.score_tables import CourseRow

Api = Any  # the fixture of conftest.py, which is no module
STEPS = ("V4.step2", "V1", "V4.step1")


@pytest.fixture
def timed(api: Api) -> Api:
    """Run 1 has a course, run 2 none, run 3 one of steps."""
    with api.service.begin() as session:
        at = api.service.catalogue.benchmarks[NAMES[0]]
        store_score(session, "a", at, timed_score())
        store(session, "b", at, 0.4)
        store_score(session, "c", at, timed_score(STEPS))
    return api


def test_a_run_tells_its_course(timed: Api) -> None:
    found = CourseJson.model_validate(timed.http.get("/v1/runs/1").json()["score"]["course"])
    course = timed_score().course
    assert course is not None
    assert found.times_ms == course.times_ms.tolist()
    assert found.values == [None, *course.values[1:].tolist()]
    assert found.by_layer["layer-0"] == [None, *course.layer_values[0, 1:].tolist()]
    assert list(found.by_subject) == list(course.subjects)
    assert found.chosen[0][:2] == [None, course.layers[course.chosen[0, 1]]]
    assert found.window_ms == (50, 200)
    assert found.peak.ms == pytest.approx(course.peak.ms)
    assert "course" not in timed.http.get("/v1/runs/2").json()["score"]


def test_a_course_is_exported(timed: Api) -> None:
    text = timed.http.get("/v1/runs/1/course").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(each["time_ms"]) for each in rows] == np.arange(-50.0, 250.0, 50.0).tolist()
    assert rows[0]["value"] == ""
    assert float(rows[3]["simultaneous_low"]) <= float(rows[3]["low"]) <= float(rows[3]["value"])
    assert "layer layer-2" in rows[0]
    found = timed.http.get("/v1/runs/1/course?format=json").json()
    assert found[3]["value"] == pytest.approx(float(rows[3]["value"]))
    refused = timed.http.get("/v1/runs/2/course")
    assert refused.status_code == 404
    assert "has no course; only time-resolved metrics have one" in refused.json()["detail"]


def test_the_page_of_a_run_shows_its_course(timed: Api) -> None:
    page = timed.http.get("/runs/1").text
    assert "The score is the mean from 50 to 200 ms after stimulus onset" in page
    assert "/charts/runs/1/course" in page
    assert "/charts/runs/1/layers-by-time" in page
    assert "undefined" in page
    assert "Course" not in timed.http.get("/runs/2").text


def test_charts_of_a_course(timed: Api) -> None:
    chart = timed.http.get("/charts/runs/1/course").json()
    names = [each["name"] for each in chart["data"]]
    assert {"noise ceiling", "95 % band of the course", "score"} <= set(names)
    line = next(each for each in chart["data"] if each["name"] == "score")
    assert line["y"][0] is None
    heat = timed.http.get("/charts/runs/1/layers-by-time").json()["data"][0]
    assert heat["y"] == ["layer-0", "layer-1", "layer-2"]
    assert timed.http.get("/charts/runs/2/course").status_code == 404


def test_steps_are_shown_after_each_other_with_their_peaks(timed: Api) -> None:
    course = timed_score(STEPS).course
    assert course is not None
    told = CourseJson.model_validate(timed.http.get("/v1/runs/3").json()["score"]["course"])
    assert {name: each.ms for name, each in told.layer_peaks.items()} == pytest.approx(
        {name: each.ms for name, each in zip(course.layers, course.layer_peaks, strict=True)}
    )
    (delay,) = told.step_delays
    assert (delay.area, delay.steps, delay.delay.ms) == ("V4", [1, 2], pytest.approx(course.step_delays[0].delay.ms))
    heat, peaks = timed.http.get("/charts/runs/3/layers-by-time").json()["data"]
    assert heat["y"] == ["V4.step1", "V4.step2", "V1"]
    assert heat["z"][1][1:] == pytest.approx(course.layer_values[0, 1:], abs=1e-5)
    assert peaks["x"] == pytest.approx([course.layer_peaks[each].ms for each in (2, 0, 1)], abs=0.05)
    page = timed.http.get("/runs/3").text
    assert "V4, 2 steps" in page
    assert "ms a step" in page
    assert "a step" not in timed.http.get("/runs/1").text


def test_a_course_stored_before_layers_had_peaks_is_shown_without(timed: Api) -> None:
    with timed.service.begin() as session:
        row = session.get(CourseRow, 1)
        row.about = {key: each for key, each in row.about.items() if key not in {"layer_peaks", "step_delays"}}
    assert timed.http.get("/runs/1").status_code == 200
    assert len(timed.http.get("/charts/runs/1/layers-by-time").json()["data"]) == 1
    assert timed.http.get("/v1/runs/1").json()["score"]["course"]["layer_peaks"] == {}
