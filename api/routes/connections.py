"""Work that is worth doing only as long as somebody waits for it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from fastapi import Request

from brainrank.api.services.access.refusals import NotReadyError

LOOK_EACH_S = 0.5
Found = TypeVar("Found")


async def while_connected(request: Request, work: Callable[[], Awaitable[Found]], *, remedy: str) -> Found:
    """The result of the work, which is cancelled when the client is gone. The request's body must have been read.

    Raises what the work raises, and NotReadyError, with the remedy, when nobody waits any more.
    """
    found: list[Found] = []
    failed: list[Exception] = []
    async with anyio.create_task_group() as tasks:

        async def do() -> None:
            try:
                found.append(await work())
            except Exception as error:  # noqa: BLE001 raised below, as itself and not in a group
                failed.append(error)
            tasks.cancel_scope.cancel()

        tasks.start_soon(do)
        while not await request.is_disconnected():
            await anyio.sleep(LOOK_EACH_S)
        tasks.cancel_scope.cancel()
    if failed:
        raise failed[0]
    if not found:
        raise NotReadyError(f"The connection was closed before this was done; {remedy}", wait_s=1)
    return found[0]
