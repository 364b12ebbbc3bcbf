"""HTTP of many clients in one process: no library, so that they take little of the machine they measure."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple


class Answer(NamedTuple):
    """A status, whether a refusal says when to come again, and the body."""

    status: int
    retry_after: bool
    body: bytes


class Connection:
    """HTTP over a connection that is kept."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.is_fresh = True

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Send a request and read its answer, for a minute at most."""
        async with asyncio.timeout(60):
            status, headers, reader = await self.begin(method, path, body)
            if headers.get("transfer-encoding") == "chunked":
                content = b"".join([piece async for piece in chunks(reader)])
            else:
                content = await reader.readexactly(int(headers.get("content-length", 0)))
            if headers.get("connection") == "close":
                await self.close()
            return Answer(status, "retry-after" in headers, content)

    async def begin(
        self, method: str, path: str, body: bytes = b""
    ) -> tuple[int, dict[str, str], asyncio.StreamReader]:
        """Send a request and read the head of its answer."""
        self.is_fresh = self._streams is None
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        reader, writer = self._streams
        who = f"Authorization: Bearer {self._token}\r\n" if self._token else ""
        kind = "Content-Type: application/json\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{who}{kind}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.partition(": ") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value for name, _, value in fields}, reader

    async def close(self) -> None:
        """End it; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The pieces of a body whose length is not said first."""
    while True:
        size = int(await reader.readline(), 16)
        piece = await reader.readexactly(size + 2)
        if not size:
            return
        yield piece[:-2]
