"""/v1/submissions as a client has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tiny_study import NAMES

from brainrank.api.app import create_app
from brainrank.api.db.base import Base
from brainrank.api.repositories import queue
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.repositories.submissions import Event
from brainrank.api.routes.submissions import Lines
from brainrank.api.services.access.tokens import Scope
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.models_zoo.catalogue import find_model


def body(name: str = "pixels", **more: Any) -> dict[str, Any]:
    return {"model": {"name": name}, **more}


def test_a_submission_is_answered_with_its_runs_and_workers_are_told(api: Any) -> None:
    answer = api.http.post("/v1/submissions", json=body(note="first"), headers=api.token())
    assert answer.status_code == 202
    made = answer.json()
    assert (made["owner"], made["visibility"], made["note"], made["finished"]) == ("ada", "public", "first", False)
    assert [(run["benchmark"], run["status"]) for run in made["runs"]] == [(name, "queued") for name in NAMES]
    assert [stage["stage"] for stage in made["runs"][0]["stages"]] == ["queued"]
    assert api.signalled == [WaitingRun(run["id"], "cpu") for run in made["runs"]]
    for run in made["runs"]:
        estimate, run["estimate"] = run["estimate"], None  # it is told once
        assert estimate["seconds"] is None
        assert "nobody has run this benchmark here yet" in estimate["basis"]
        assert estimate["memory"] == DEFAULT_EXTRACTION.memory_bytes
    assert api.http.get(f"/v1/submissions/{made['id']}").json() == made


def test_every_pooling_may_be_asked_for(api: Any) -> None:
    model = {"name": "mine", "source": "timm:test_vit@random", "layers": ["blocks.*"]}
    for pooling, status in (("cls", 202), ("mean", 202), ("flatten", 202), ("max", 422)):
        answer = api.http.post("/v1/submissions", json={"model": model | {"pooling": pooling}}, headers=api.token())
        assert answer.status_code == status, answer.text


def test_a_network_waits_for_a_gpu(api: Any) -> None:
    answer = api.http.post("/v1/submissions", json=body("timm:test_resnet@random"), headers=api.token())
    assert {run.queue for run in api.signalled} == {"gpu"}
    assert answer.json()["model"]["digest"] == find_model("timm:test_resnet@random").digest


def test_the_same_key_submits_once_and_another_request_under_it_is_refused(api: Any) -> None:
    headers = api.token() | {"Idempotency-Key": "k"}
    first = api.http.post("/v1/submissions", json=body(), headers=headers).json()
    again = api.http.post("/v1/submissions", json=body(), headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    other = api.http.post("/v1/submissions", json=body(note="other"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    someone_else = api.token("bob") | {"Idempotency-Key": "k"}
    assert api.http.post("/v1/submissions", json=body(), headers=someone_else).json()["id"] != first["id"]


@pytest.mark.parametrize(
    ("model", "status", "code", "words"),
    [
        ({"name": "pixles"}, 422, "unknown-name", "did you mean pixels"),
        ({"name": "pixels", "layers": ["a"]}, 422, "invalid-request", "give it a name of your own"),
        ({"name": "pixels", "source": "timm:resnet18"}, 409, "conflict", "a model of the catalogue"),
        ({"name": "My Model", "source": "timm:resnet18"}, 422, "invalid-data", "no name for a model of your own"),
        ({"name": "python:/tmp/x.py:make"}, 422, "invalid-request", "runs code"),
        ({"name": "mine", "source": "python:x.py:make"}, 422, "invalid-request", "runs code"),
        ({"name": "features:/etc/passwd.npy"}, 422, "invalid-request", "upload the file instead"),
        ({"name": "mine", "source": "file:/etc/x.safetensors#timm:vgg11"}, 422, "invalid-request", "upload the file"),
        ({"name": "mine", "source": f"upload:{'0' * 64}"}, 422, "invalid-request", "upload the file first"),
        ({"name": "mine", "source": "tensorflow:x"}, 422, "unknown-name", "model source"),
        ({"name": "pixels", "sauce": "x"}, 422, "invalid-request", "body.model.sauce"),
    ],
)
def test_what_cannot_be_submitted_says_why(api: Any, model: Any, status: int, code: str, words: str) -> None:
    answer = api.http.post("/v1/submissions", json={"model": model}, headers=api.token())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert api.signalled == []


def test_a_group_or_a_benchmark_is_chosen_and_an_unknown_one_refused(api: Any) -> None:
    headers = api.token()
    some = api.http.post("/v1/submissions", json=body(benchmarks=["tiny", NAMES[0]]), headers=headers).json()
    assert [run["benchmark"] for run in some["runs"]] == list(NAMES)
    wrong = api.http.post("/v1/submissions", json=body(benchmarks=["tiny2026.it"]), headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-name")


def test_a_benchmark_of_any_metric_that_fits_is_as_public_as_those_declared(api: Any) -> None:
    headers, name = api.token(), "tiny2026.it.mutual-neighbours"
    body = {"model": {"name": "pixels"}, "benchmarks": [name]}
    made = api.http.post("/v1/submissions", json=body, headers=headers)
    assert made.status_code == 202
    assert made.json()["visibility"] == "public"
    assert [each["benchmark"] for each in made.json()["runs"]] == [name]
    hidden = api.http.post("/v1/submissions", json={**body, "visibility": "private"}, headers=headers).json()
    assert api.http.post(f"/v1/submissions/{hidden['id']}/publish", headers=headers).status_code == 200
    assert api.http.get(f"/v1/benchmarks/{name}").json()["metric"] == "mutual-neighbours"
    assert api.http.get(f"/v1/benchmarks/{name}s").status_code == 404


def test_a_group_means_what_there_are_files_for_and_a_benchmark_without_is_refused(api: Any) -> None:
    study = api.service.catalogue.datasets["tiny2026"]
    only_v1 = replace(study, by_hand=("it",), here=lambda _card, _region, _locations: False)
    catalogue = replace(api.service.catalogue, datasets={"tiny2026": only_v1})
    headers = api.token()
    with TestClient(create_app(replace(api.service, catalogue=catalogue))) as http:
        for wanted in ([], ["all"], ["tiny"]):
            made = http.post("/v1/submissions", json=body(benchmarks=wanted), headers=headers).json()
            assert [run["benchmark"] for run in made["runs"]] == [NAMES[1]]
            assert made["without_files"] == [NAMES[0]]
            assert http.get(f"/v1/submissions/{made['id']}", headers=headers).json()["without_files"] == []
        refused = http.post("/v1/submissions", json=body(benchmarks=[NAMES[0]]), headers=headers)
        page = http.get("/submit").text
    assert refused.status_code == 422
    assert f"The files of '{NAMES[0]}' are not with this service" in refused.json()["detail"]
    assert f'value="{NAMES[0]}"' not in page  # told among those whose files one has to get oneself
    assert NAMES[0] in page.partition("Not here: 1 benchmark")[2]
    assert f'value="{NAMES[1]}"' in page


def test_a_name_belongs_to_who_used_it_first(api: Any) -> None:
    mine = {"model": {"name": "mine", "source": "timm:resnet18@random", "layers": ["layer1"]}}
    assert api.http.post("/v1/submissions", json=mine, headers=api.token("ada")).status_code == 202
    theirs = api.http.post("/v1/submissions", json=mine, headers=api.token("bob"))
    assert (theirs.status_code, theirs.json()["code"]) == (409, "conflict")
    mine["model"]["layers"] = ["layer2"]
    assert api.http.post("/v1/submissions", json=mine, headers=api.token("ada")).status_code == 202


def test_a_private_submission_is_its_owners_and_administrators_until_published(api: Any) -> None:
    ada, bob, admin = api.token("ada"), api.token("bob"), api.token("root", Scope.ADMIN)
    made = api.http.post("/v1/submissions", json=body(visibility="private"), headers=ada).json()
    address = f"/v1/submissions/{made['id']}"

    def seen(headers: dict[str, str]) -> tuple[int, int, int, int]:
        found = [api.http.get(address + page, headers=headers).status_code for page in ("", "/log", "/events")]
        return (*found[:2], found[2] if found[2] == 404 else 0, len(listed(headers)))

    def listed(headers: dict[str, str]) -> list[Any]:
        return list(api.http.get("/v1/submissions", headers=headers).json()["submissions"])

    assert seen({}) == seen(bob) == (404, 404, 404, 0)
    assert api.http.post(f"{address}/publish", headers=bob).status_code == 404
    api.http.post(f"{address}/cancel", headers=ada)  # so that its events end
    assert seen(ada) == seen(admin) == (200, 200, 0, 1)
    assert api.http.post(f"{address}/publish", headers=ada).json()["visibility"] == "public"
    assert seen({}) == (200, 200, 0, 1)
    assert api.http.post(f"{address}/unpublish", headers=bob).status_code == 404
    assert api.http.post(f"{address}/unpublish", headers=admin).status_code == 200
    assert seen(bob) == (404, 404, 404, 0)


def test_a_line_that_is_committed_after_one_with_a_higher_number_is_told(api: Any) -> None:
    now = datetime.now(UTC)
    first, late, second = (Event(number, 1, now, "message", str(number)) for number in (10, 11, 12))
    lines = Lines(0)
    assert lines.new([first, second]) == [first, second]
    assert lines.new([first, late, second]) == [late]
    assert lines.new([first, late, second]) == []
    old = [event._replace(at=now - timedelta(minutes=1)) for event in (first, late, second)]
    assert lines.new(old) == []
    assert lines.after == 12


def test_a_long_log_is_streamed_to_its_end(api: Any) -> None:
    headers = api.token()
    made = api.http.post("/v1/submissions", json=body(), headers=headers).json()
    with api.service.begin() as session:
        for number in range(2500):
            queue.add_event(session, made["runs"][0]["id"], "message", str(number), now=datetime.now(UTC))
    api.http.post(f"/v1/submissions/{made['id']}/cancel", headers=headers)
    streamed = api.http.get(f"/v1/submissions/{made['id']}/events").text
    assert streamed.count("event: message") == 2500
    assert streamed.count("event: stage") == 4
    assert streamed.count("event: finished") == 1


def test_what_waits_is_cancelled_at_once_and_can_be_retried(api: Any) -> None:
    headers = api.token()
    made = api.http.post("/v1/submissions", json=body(), headers=headers).json()
    address = f"/v1/submissions/{made['id']}"
    assert api.http.post(f"{address}/retry", headers=headers).status_code == 409
    stopped = api.http.post(f"{address}/cancel", headers=headers).json()
    assert {run["status"] for run in stopped["runs"]} == {"cancelled"}
    assert stopped["finished"]
    api.signalled.clear()
    again = api.http.post(f"{address}/retry", headers=headers)
    assert again.status_code == 202
    assert [stage["stage"] for stage in again.json()["runs"][0]["stages"]] == ["queued", "cancelled", "queued"]
    assert [run.run_id for run in api.signalled] == [run["id"] for run in made["runs"]]


def test_pages_of_submissions_follow_each_other(api: Any) -> None:
    headers = api.token()
    numbers = [api.http.post("/v1/submissions", json=body(), headers=headers).json()["id"] for _ in range(5)]
    found, before = [], None
    while True:
        params = {"limit": 2} | ({} if before is None else {"before": before})
        page = api.http.get("/v1/submissions", params=params).json()
        found += [each["id"] for each in page["submissions"]]
        before = page["before"]
        if before is None:
            break
    assert found == numbers[::-1]
    mine = api.http.get("/v1/submissions", params={"mine": True}, headers=api.token("bob")).json()
    assert mine["submissions"] == []


def test_tokens_are_needed_looked_at_and_limited(api: Any) -> None:
    assert api.http.post("/v1/submissions", json=body()).status_code == 401
    unknown = api.http.get("/v1/submissions", headers={"Authorization": "Bearer brainrank_x"})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "not-signed-in")
    assert unknown.headers["www-authenticate"] == "Bearer"
    reader = api.http.post("/v1/submissions", json=body(), headers=api.token(scope=Scope.READ))
    assert (reader.status_code, reader.json()["code"]) == (403, "not-allowed")
    few = api.token("eve", runs_a_day=3)
    assert api.http.post("/v1/submissions", json=body(), headers=few).status_code == 202
    over = api.http.post("/v1/submissions", json=body(), headers=few)
    assert (over.status_code, over.json()["code"], over.headers["retry-after"]) == (429, "too-many", "86400")
    slow = api.token(requests_a_minute=2)
    answers = [api.http.get("/v1/submissions", headers=slow).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_expired_and_revoked_tokens_say_so(api: Any) -> None:
    from brainrank.api.services.access import tokens

    with api.service.begin() as session:
        expired = tokens.create(session, owner="ada", scope=Scope.READ, days=0)
        revoked = tokens.create(session, owner="ada", scope=Scope.READ)
        tokens.revoke(session, tokens.every(session)[-1].number)
    for token, word in ((expired, "expired"), (revoked, "revoked")):
        answer = api.http.get("/v1/submissions", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert word in answer.json()["detail"]


def test_the_database_holds_no_token(api: Any) -> None:
    token = api.token()["Authorization"].removeprefix("Bearer ")
    with api.service.begin() as session:
        stored = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    assert "ada" in "".join(stored)
    assert token.removeprefix("brainrank_") not in "".join(stored)


def test_pages_that_are_none_and_faults_are_problems_too(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.http.get("/v1/nothing").json()["code"] == "not-found"
    assert api.http.put("/v1/submissions").json()["code"] == "method-not-allowed"
    assert api.http.get("/v1/submissions/99").json()["code"] == "not-found"
    assert api.http.get("/v1/submissions/99999999999999999999").status_code == 422
    monkeypatch.setattr("brainrank.api.services.submissions.life_cycle.newest", None)
    fault = api.http.get("/v1/submissions")
    assert (fault.status_code, fault.json()["code"]) == (500, "unexpected")
    assert "NoneType" not in fault.text


def test_health(api: Any) -> None:
    assert api.http.get("/healthz").json()["status"] == "ok"
    assert api.http.get("/readyz").json()["checks"] == {"database": "ok"}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused_as_a_problem(api: Any, announced: bool) -> None:
    body = b'{"note": "' + b"x" * 2**20 + b'"}'
    answer = api.http.post(
        "/v1/submissions", content=body if announced else iter([body[:10], body[10:]]), headers=api.token()
    )
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert (answer.json()["code"], answer.json()["status"]) == ("too-large", 413)
    assert "files are sent to /v1/uploads" in answer.json()["detail"]
