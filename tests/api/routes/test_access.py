"""Who may do what: every endpoint and page for every kind of caller; a route that is in no table fails the test."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from access_table import CALLERS, SECRETS, TABLE, Api, Headers, World
from every_route import every_route
from stored_scores import made_result, store
from timed_study import timed_score
from tiny_study import NAMES

from brainrank.api.repositories import queue
from brainrank.api.repositories.queue import Lease
from brainrank.api.services.access import tokens
from brainrank.api.services.access.tokens import Scope

# Their answers are told of the moment: not compared before and after.
OF_THE_MOMENT = ("/v1/submissions/", "/events", "/metrics", "/v1/uploads")


def hushed_things(api: Api, headers: Headers) -> dict[str, int]:
    """Private things of the owner's: an upload, a submission with a run that is scored and one that failed."""
    model = {
        "name": "hushed-net",
        "source": "classical:pixels",
        "family": "hushed-family",
        "description": "hushed description",
        "layers": ["hushed-layer"],
    }
    wanted = {"model": model, "visibility": "private", "note": "hushed note"}
    made = api.http.post("/v1/submissions", json=wanted, headers=headers).json()
    announced = {"kind": "csv", "sha256": SECRETS[7], "size": 10}
    upload = api.http.post("/v1/uploads", json=announced, headers=headers).json()["id"]
    scored, failed = (run["id"] for run in made["runs"])
    now = datetime.now(UTC)
    with api.service.begin() as session:
        for run in (scored, failed):
            assert queue.claim(session, run, Lease("a:1:b", now + timedelta(minutes=1)), now=now) is not None
        result = made_result("hushed-net", api.service.catalogue.benchmarks[NAMES[0]], 0.31415926)
        result = result._replace(score=replace(result.score, course=timed_score().course))
        assert queue.succeed(session, scored, "a:1:b", result, now=now)
        queue.add_event(session, scored, queue.MESSAGE, "hushed log", now=now)
        assert queue.fail(session, failed, "a:1:b", error_class="UserError", error="hushed error", now=now)
    return {"submission": made["id"], "upload": upload, "run": scored}


def shown_things(api: Api) -> int:
    """Public scores of two models."""
    with api.service.begin() as session:
        for place, model in enumerate(("shown-net", "other-net")):
            for name in NAMES:
                run = store(session, model, api.service.catalogue.benchmarks[name], 0.5 - 0.1 * place)
    return run


def headers_of(api: Api) -> dict[str, Headers]:
    """A token for each kind of caller; those that are no good are the owner's."""
    found: dict[str, Headers] = {
        "nobody": {},
        "reader": api.token("carol", Scope.READ, requests_a_minute=100_000),
        "submitter": api.token("bob", requests_a_minute=100_000),
        "owner": api.token("ada", requests_a_minute=100_000),
        "administrator": api.token("root", Scope.ADMIN),
        "spent": api.token("ada", requests_a_minute=1),
    }
    with api.service.begin() as session:
        expired = tokens.create(session, owner="ada", scope=Scope.SUBMIT, days=0)
        revoked = tokens.create(session, owner="ada", scope=Scope.SUBMIT)
        tokens.revoke(session, tokens.every(session)[-1].number)
    found["expired"], found["revoked"] = ({"Authorization": f"Bearer {each}"} for each in (expired, revoked))
    api.http.get("/v1/models", headers=found["spent"])
    return {caller: found[caller] for caller in CALLERS}


@pytest.fixture
def world(api: Api) -> World:
    headers = headers_of(api)
    public = shown_things(api)
    return World(api, headers, public, hushed_things(api, headers["owner"]))


def told(answer: Any) -> str:
    """All that an answer tells: its body and its headers."""
    return answer.content.decode("utf-8", errors="replace") + json.dumps(dict(answer.headers))


def test_every_route_stands_in_the_table(api: Api) -> None:
    assert {route.name for route in every_route(api.http.app)} == set(TABLE)


def test_every_caller_is_answered_as_the_table_says_and_hears_of_nothing_private(world: World) -> None:
    wrong, leaks, asked = [], [], 0
    for name, rows in TABLE.items():
        method = name.partition(" ")[0]
        for row in rows:
            for caller in CALLERS:
                path = row.path(world)
                answer = world.ask(caller, method, path, **row.more(world))
                asked += 1
                if answer.status_code != row.statuses[caller]:
                    wrong.append((caller, name, path, answer.status_code, row.statuses[caller], answer.text[:200]))
                if caller not in {"owner", "administrator"}:
                    given = path + json.dumps(row.more(world).get("json", ""))  # what the caller said is told back
                    leaks += [(caller, path, each) for each in SECRETS if each in told(answer) and each not in given]
    assert wrong == []
    assert leaks == []
    assert asked >= 500


def test_what_is_private_changes_no_answer_to_anybody_else(api: Api) -> None:
    """Not a byte, a count, an estimate or an ETag: every answer is the same before and after."""
    headers = headers_of(api)
    before = World(api, headers, shown_things(api), {"submission": 900, "upload": 900, "run": 900})
    first = answers(before)
    private = hushed_things(api, headers["owner"])
    assert private["run"] > 0
    second = answers(before)
    assert first.keys() == second.keys()
    assert len(first) > 150
    assert [key for key in first if first[key] != second[key]] == []


def answers(world: World) -> dict[tuple[str, str], tuple[int, bytes, str]]:
    """What callers other than the owner are answered to every question that changes nothing."""
    found = {}
    for name, rows in TABLE.items():
        for row in rows if name.startswith("GET ") else ():
            path = row.path(world)
            if any(part in path for part in OF_THE_MOMENT):
                continue
            for caller in ("nobody", "reader", "submitter"):
                answer = world.ask(caller, "GET", path)
                found[caller, path] = (answer.status_code, answer.content, answer.headers.get("etag", ""))
    return found


def test_a_private_thing_is_refused_in_the_words_of_one_that_is_not_there(world: World) -> None:
    for path, kinds in {
        "/v1/submissions/{}": "submission",
        "/v1/submissions/{}/log": "submission",
        "/v1/runs/{}": "run",
        "/v1/runs/{}/log": "run",
        "/v1/uploads/{}": "upload",
        "/runs/{}": "run",
    }.items():
        there, absent = world.private[kinds], 987654
        hidden, missing = (world.ask("submitter", "GET", path.format(number)) for number in (there, absent))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace(f" {there} ", " N ") == missing.text.replace(f" {absent} ", " N ")
