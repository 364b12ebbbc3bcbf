"""What every answer has: headers that browsers keep to, and HEAD as GET."""

import re
from typing import Any

import pytest
from every_route import every_route

from brainrank.api.routes.answering import HEADERS, POLICY, POLICY_OF_CHARTS

PUBLIC = (
    "/",
    "/docs",
    "/models",
    "/benchmarks",
    "/submit",
    "/leaderboards/all",
    "/v1/models",
    "/openapi.json",
    "/metrics",
)
REFUSED = ("/nothing", "/v1/nothing", "/v1/runs/9", "/v1/models?text=%00", "/v1/uploads", "/v1/submissions/0")


@pytest.mark.parametrize("path", [*PUBLIC, *REFUSED])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_has_the_headers(api: Any, path: str, accept: str) -> None:
    answer = api.http.get(path, headers={"Accept": accept})
    assert set(HEADERS) <= {name.title() if name != "x-frame-options" else "X-Frame-Options" for name in answer.headers}
    assert answer.headers["content-security-policy"] in {POLICY, POLICY_OF_CHARTS}
    if answer.is_error:
        assert answer.headers["cache-control"] == "no-store"


def test_faults_and_large_bodies_have_them_too(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainrank.api.services.submissions.life_cycle.newest", None)
    large = api.http.post("/v1/submissions", content=b"x" * 2**21, headers=api.token())
    for answer, status in ((api.http.get("/v1/submissions"), 500), (large, 413)):
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (status, "nosniff")


def test_answers_with_a_token_are_not_kept_by_anybody_else(api: Any) -> None:
    headers = api.token()
    made = api.http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=headers).json()["id"]
    for path in (f"/v1/submissions/{made}", f"/v1/submissions/{made}/log", "/v1/submissions", "/v1/uploads"):
        assert api.http.get(path, headers=headers).headers["cache-control"] == "no-store"
    for path in ("/v1/models", "/v1/scores"):
        answer = api.http.get(path, headers=headers).headers
        assert (answer["cache-control"], answer["vary"]) == ("private, no-cache", "Authorization")


def test_head_is_answered_as_get_without_a_body(api: Any) -> None:
    made = api.http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=api.token()).json()["id"]
    asked = 0
    for route in every_route(api.http.app):
        if route.method != "GET":
            continue
        path = route.asked({"number": str(made), "name": "all" if "leaderboards" in route.path else "pixels"})
        head = api.http.head(path)
        if "events" in path:  # GET would wait until the runs are finished
            assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            continue
        got = api.http.get(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        volatile = {"content-length"} if path in ("/v1/leaderboards/all", "/leaderboards/all") else set()
        assert {k: v for k, v in head.headers.items() if k not in volatile} == {
            k: v for k, v in got.headers.items() if k not in volatile
        }, path
        asked += 1
    assert asked > 40


def test_pages_set_no_style_by_themselves(api: Any) -> None:
    for path in PUBLIC[:6]:
        text = api.http.get(path, headers={"Accept": "text/html"}).text
        assert "style=" not in text, path
        assert "<style" not in text
        assert re.findall(r"<script(?![^>]*src=)", text) == []
        assert re.findall(r"\son\w+=", text) == []


def test_the_reference_shows_all_there_is_and_loads_nothing_from_elsewhere(api: Any) -> None:
    text = api.http.get("/docs").text
    for route in every_route(api.http.app):
        if route.path.startswith("/v1/"):
            assert f"{route.method} {route.path.replace(':path', '')}" in text
    assert "problem+json" in text
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []
    assert api.http.get("/redoc").status_code == 404


def test_the_reference_shows_fields_inside_of_fields(api: Any) -> None:
    """What a refusal of `body.model.preprocessing.std.0` sends its reader to look up."""
    text = api.http.get("/docs").text
    rows = dict(re.findall(r"<tr><td><code>(model[\w.]*)</code>.*?</td><td>body</td><td>(.*?)</td>", text))
    assert rows["model.name"] == "string"
    assert rows["model.preprocessing"] == "PreprocessingRequest or null"
    assert rows["model.preprocessing.size"] == "array of 2: integer from 1 to 2048"
    assert rows["model.preprocessing.std"] == "array of 3: number from 1e-06 to 1000000"
    assert rows["model.preprocessing.crop_fraction"] == "number above 0 to 1"
    assert "safetensors, onnx, npz, npy, csv, zip" in text  # the kinds of an upload, and not their type's name
