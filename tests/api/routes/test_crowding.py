"""More requests than the service does well, storage that fails for a while, and boards that are being made."""

import asyncio
from typing import Any

import pytest

from brainrank.api.client.client import Client, ServiceError
from brainrank.api.routes import submissions as submission_routes
from brainrank.api.routes.crowding import Crowding
from brainrank.api.services.boards import standings
from brainrank.api.services.submissions import life_cycle as submission_services
from brainrank.benchmark.types.errors import StorageError


class Held:
    """An application whose answers wait until they may come."""

    def __init__(self) -> None:
        self.go, self.n_begun = asyncio.Event(), 0

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.n_begun += 1
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(app: Any, path: str) -> tuple[int, dict[bytes, bytes]]:
    sent = list[dict[str, Any]]()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    await app({"type": "http", "path": path, "method": "GET", "headers": []}, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


def test_who_comes_on_top_is_told_when_to_come_again_and_others_are_served() -> None:
    async def crowd() -> None:
        held = Held()
        app = Crowding(held, most_requests=3, most_streams=2)
        paths = ["/v1/models"] * 5 + ["/v1/submissions/1/events"] * 3 + ["/healthz"]
        asked = [asyncio.create_task(ask(app, path)) for path in paths]
        while held.n_begun < 6:
            await asyncio.sleep(0)
        refused = [task.result() for task in asked if task.done()]
        assert [status for status, _ in refused] == [503, 503, 503]
        assert all(int(headers[b"retry-after"]) > 0 for _, headers in refused)
        held.go.set()
        assert [status for status, _ in await asyncio.gather(*asked)].count(200) == 6
        assert (await ask(app, "/v1/models"))[0] == 200

    asyncio.run(crowd())


def test_storage_that_fails_says_when_to_ask_again(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise StorageError("the database is away")

    monkeypatch.setattr(submission_services, "newest", away)
    answer = api.http.get("/v1/submissions")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-failed")
    assert int(answer.headers["retry-after"]) > 0


def test_a_large_board_that_nobody_asked_for_before_answers_with_a_wait(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "RUNS_AT_ONCE", -1)
    answer = api.http.get("/v1/leaderboards/tiny?convention=raw")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (202, "not-ready", "30")
    page = api.http.get("/leaderboards/tiny?convention=raw", headers={"accept": "text/html"})
    assert page.status_code == 202
    assert "ask again in half a minute" in page.text
    waited = list[float]()
    monkeypatch.setattr("time.sleep", waited.append)
    with (
        Client("http://testserver", transport=api.http._transport) as client,
        pytest.raises(ServiceError, match="being"),
    ):
        client.leaderboard("tiny", convention="raw")
    assert waited == [30, 30, 30]


def test_a_stream_of_events_outlives_a_database_that_is_away(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = api.token()
    made = api.http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=headers).json()
    api.http.post(f"/v1/submissions/{made['id']}/cancel", headers=headers)
    find, faults = submission_services.find, list[int]()

    def away_at_first(*given: Any) -> Any:
        if len(faults) < 2:
            faults.append(1)
            raise StorageError("away")
        return find(*given)

    monkeypatch.setattr(submission_routes, "AWAY_S", 0.01)
    with api.http.stream("GET", f"/v1/submissions/{made['id']}/events", headers=headers) as stream:
        lines = stream.iter_lines()
        first = next(lines)
        monkeypatch.setattr(submission_services, "find", away_at_first)
        rest = list(lines)
    assert "stage" in first
    assert "event: finished" in rest
