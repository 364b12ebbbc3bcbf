"""Work ends with whoever waits for it, and answers or fails as itself otherwise."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from fastapi import Request

from brainrank.api.routes.connections import while_connected
from brainrank.api.services.access.refusals import NotReadyError
from brainrank.benchmark.types.errors import InvalidDataError


def outcome(work: Callable[[], Awaitable[Any]], *, gone_after_s: float) -> Any:
    """What comes of work for a client whose connection closes after so long."""

    async def receive() -> dict[str, str]:
        left_s = begun + gone_after_s - anyio.current_time()
        if left_s > 0:
            await anyio.sleep(left_s)
        return {"type": "http.disconnect"}

    begun = 0.0

    async def ask() -> Any:
        nonlocal begun
        begun = anyio.current_time()
        request = Request({"type": "http", "method": "PATCH", "headers": []}, receive)
        return await while_connected(request, work, remedy="ask again")

    return anyio.run(ask)


async def answered() -> int:
    await anyio.sleep(0.01)
    return 7


async def refused() -> int:
    raise InvalidDataError("The file is no array; save it anew")


def test_the_answer_and_the_refusal_are_those_of_the_work() -> None:
    assert outcome(answered, gone_after_s=60) == 7
    with pytest.raises(InvalidDataError, match="is no array"):
        outcome(refused, gone_after_s=60)


def test_work_is_cancelled_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainrank.api.routes.connections.LOOK_EACH_S", 0.01)
    ended: list[str] = []

    async def endless() -> None:
        try:
            await anyio.sleep(600)
        finally:
            ended.append("cancelled")

    with pytest.raises(NotReadyError, match="was closed before this was done; ask again"):
        outcome(endless, gone_after_s=0)
    assert ended == ["cancelled"]
