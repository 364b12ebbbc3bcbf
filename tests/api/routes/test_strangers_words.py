"""What strangers write reaches a page as text, a CSV as a cell; no log has a token; what fails tells no address."""

import csv
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from stored_scores import made_result
from tiny_study import NAMES

from brainrank.api.app import create_app
from brainrank.api.repositories import queue
from brainrank.api.repositories.queue import Lease
from brainrank.benchmark.types.errors import StorageError

Api = Any  # the fixture of conftest.py, which is no module
HTML = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
FORMULA = '=HYPERLINK("http://evil")'
ADDRESS = "postgresql+psycopg://me:secret@10.0.0.7:5432/db"


def submit(api: Api, **model: Any) -> Any:
    wanted = {
        "model": {"name": "words-net", "source": "classical:pixels", **model},
        "benchmarks": [NAMES[0]],
        "note": HTML,
    }
    made = api.http.post("/v1/submissions", json=wanted, headers=api.token()).json()
    run, now = made["runs"][0]["id"], datetime.now(UTC)
    with api.service.begin() as session:
        assert queue.claim(session, run, Lease("a:1:b", now + timedelta(minutes=1)), now=now) is not None
        queue.add_event(session, run, queue.MESSAGE, HTML, now=now)
        result = made_result("words-net", api.service.catalogue.benchmarks[NAMES[0]], 0.5)
        assert queue.succeed(session, run, "a:1:b", result, now=now)
    return made


def test_no_text_is_markup(api: Api) -> None:
    made = submit(api, family=HTML[:50], description=HTML)
    run, number = made["runs"][0]["id"], made["id"]
    for path in (
        *("/", "/leaderboards/all", "/leaderboards/tiny", f"/leaderboards/{NAMES[0]}", "/models", "/models/words-net"),
        *(f"/runs/{run}", f"/submissions/{number}", f"/benchmarks/{NAMES[0]}", "/relations", "/docs"),
        *("/models?text=%3Cimg%20src%3Dx%3E", "/models/%3Cimg%20src%3Dx%3E", "/%3Cscript%3Ealert(1)%3C/script%3E"),
    ):
        answer = api.http.get(path, headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("text/html"), path
        assert "<img src=x" not in answer.text, path
        assert "<script>alert" not in answer.text, path
    for path in (f"/charts/runs/{run}/layers", f"/v1/submissions/{number}", f"/v1/runs/{run}/log", "/v1/models"):
        assert api.http.get(path).headers["content-type"] == "application/json"


def test_no_cell_is_a_formula(api: Api) -> None:
    submit(api, family=FORMULA)
    for path in ("/v1/leaderboards/all/export", "/v1/scores/export"):
        (row,) = csv.DictReader(io.StringIO(api.http.get(path).text))
        assert (row["family"], row["value"] != "") == (f"'{FORMULA}", True)
        assert api.http.get(f"{path}?format=json").json()[0]["family"] == FORMULA


def test_no_token_is_logged_or_sent_in_an_address(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    headers = api.token()
    with caplog.at_level(logging.DEBUG):
        for path in ("/v1/submissions", "/v1/nothing", "/v1/runs/9", "/v1/models?text=%00"):
            api.http.get(path, headers=headers)
        submitted = api.http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=headers)
    assert submitted.status_code == 202
    secret = headers["Authorization"].removeprefix("Bearer brainrank_")
    assert secret not in caplog.text
    assert api.http.get(f"/v1/uploads?token=brainrank_{secret}").status_code == 401
    assert api.http.get(f"/v1/uploads?access_token=brainrank_{secret}").status_code == 401


@contextmanager
def no_storage() -> Iterator[Session]:
    raise StorageError(f"Cannot use the database {ADDRESS} (connection to 10.0.0.7 failed)")
    yield


def unreachable() -> None:
    raise ConnectionError(f"Cannot reach {ADDRESS}")


def test_a_storage_that_fails_is_told_without_its_address_and_when_to_come_again(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    service = replace(api.service, begin=no_storage, checks=[("database", unreachable)])
    with TestClient(create_app(service), raise_server_exceptions=False) as http:
        for path, code in (("/v1/submissions", "storage-failed"), ("/v1/models", "storage-failed"), ("/readyz", None)):
            answer = http.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json().get("code") == code
            assert "10.0.0.7" not in answer.text
            assert "secret" not in answer.text
    assert "10.0.0.7" in caplog.text  # for whoever runs it
