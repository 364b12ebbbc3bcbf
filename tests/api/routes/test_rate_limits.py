"""Limits on a real Redis: counted by all processes together, and by each alone while it does not answer."""

import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import servers
from fastapi.testclient import TestClient
from tiny_study import NAMES

from brainrank.api.app import create_app
from brainrank.api.routes import rate_limits
from brainrank.api.routes.rate_limits import RateLimits
from brainrank.api.services.access.refusals import TooManyError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.settings import Settings
from brainrank.workers.app import make_celery
from brainrank.workers.sweeper import Sweeper

SECONDS = 0.5 * 4  # a Redis that does not answer costs one request its timeout; others nothing


@pytest.fixture
def redis() -> Iterator[servers.RedisServer]:
    try:
        with servers.redis_to_stop() as found:
            yield found
    except servers.MissingServerError as error:
        pytest.skip(str(error))


def some_caller(requests_a_minute: int) -> Caller:
    return Caller(7, "ada", Scope.SUBMIT, 1000, requests_a_minute)


def refused(limits: RateLimits, caller: Caller, times: int) -> int:
    """How many of so many requests are refused."""
    found = 0
    for _ in range(times):
        try:
            limits.count(caller)
        except TooManyError:
            found += 1
    return found


def test_two_processes_count_together(redis: servers.RedisServer) -> None:
    one, other = RateLimits(redis.address), RateLimits(redis.address)
    assert refused(one, some_caller(5), 3) == 0
    assert refused(other, some_caller(5), 3) == 1


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGSTOP])
def test_everything_is_answered_while_redis_is_away(
    api: Any, redis: servers.RedisServer, stop: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    address, process = redis.address, redis.process
    sweeper = Sweeper(make_celery(Settings(broker_url=address)), lambda: api.service.begin, lease_s=120)
    service = replace(api.service, limits=RateLimits(address), signal=sweeper.signal)
    headers = api.token(requests_a_minute=1000)
    few = api.token("eve", requests_a_minute=3)
    with TestClient(create_app(service), raise_server_exceptions=False) as http:
        assert http.get("/v1/submissions", headers=headers).status_code == 200
        process.send_signal(stop)
        begun = time.monotonic()
        with caplog.at_level(logging.WARNING):
            answers = [http.get("/v1/submissions", headers=headers).status_code for _ in range(20)]
            made = http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=headers)
            assert set(answers) == {200}
            assert time.monotonic() - begun < SECONDS
        begun = time.monotonic()
        again = [http.post("/v1/submissions", json={"model": {"name": "pixels"}}, headers=headers) for _ in range(5)]
        assert time.monotonic() - begun < SECONDS
        assert {made.status_code, *(each.status_code for each in again)} == {202}
        assert [run["benchmark"] for run in made.json()["runs"]] == list(NAMES)
        assert [http.get("/v1/submissions", headers=few).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert "requests are counted in this process" in caplog.text
    assert address not in caplog.text.replace("redis://", "")


def test_redis_counts_again_when_it_is_back(redis: servers.RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "REST_S", 0.2)
    limits, caller = RateLimits(redis.address), some_caller(5)
    redis.process.send_signal(signal.SIGSTOP)
    assert refused(limits, caller, 2) == 0
    redis.process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    assert refused(limits, caller, 3) == 0
    assert refused(RateLimits(redis.address), caller, 3) >= 1


def test_a_service_starts_without_its_redis() -> None:
    assert refused(RateLimits("redis://127.0.0.1:1/0"), some_caller(2), 3) == 1
