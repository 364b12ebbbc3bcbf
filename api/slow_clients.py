"""Connections of clients that are slow, or say nothing: none holds a descriptor for longer than an honest one needs."""

import resource
from asyncio import AbstractEventLoop, BaseTransport, TimerHandle, Transport
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# From a connection's first moment, or a further request's first byte, to the end of its headers.
HEADERS_S = 10.0
# A body may take this long, and as much longer as it has bytes at this rate.
BODY_S, BODY_BYTES_PER_S = 20.0, 1000
# Who takes nothing of an answer for as long has gone.
ANSWER_S = 30.0
# Descriptors for the database, files and children, which no client takes.
RESERVED_DESCRIPTORS = 256
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def most_connections() -> int:
    """How many clients may be connected at once, by what this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(64, min(soft, 65_536) - RESERVED_DESCRIPTORS)


class ImpatientProtocol(H11Protocol):
    """HTTP that ends the connection of whoever sends headers or a body, or takes an answer, too slowly."""

    loop: AbstractEventLoop
    transport: Transport

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._timer: TimerHandle | None = None
        self._write_timer: TimerHandle | None = None
        self._since, self._received, self._waits = 0.0, 0, True
        self._most = most_connections()

    def connection_made(self, transport: BaseTransport) -> None:
        """Take a connection, unless there are too many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > self._most:
            self._end(FULL)
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers with the connection."""
        for timer in (self._timer, self._write_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that begins is expected to come to its end."""
        if not self._waits:
            self._expect()
        self._received += len(data)
        super().data_received(data)

    def pause_writing(self) -> None:
        """The client takes nothing: for a while."""
        self.flow.pause_writing()
        self._write_timer = self.loop.call_later(ANSWER_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes what comes again."""
        if self._write_timer is not None:
            self._write_timer.cancel()
        self.flow.resume_writing()

    def _expect(self) -> None:
        self._since, self._received, self._waits = self.loop.time(), 0, True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(HEADERS_S, self._look)

    def _look(self) -> None:
        """End the connection if the request is late, else look again when it would be."""
        state = self.conn.their_state
        if state is h11.IDLE:
            self._waits = False
            if self.timeout_keep_alive_task is None:
                self._end(TOO_SLOW)
            return
        self._waits = state is h11.SEND_BODY
        if not self._waits:
            return
        late = self._since + BODY_S + self._received / BODY_BYTES_PER_S
        if self.flow.read_paused:  # it is the service that is slow
            late = max(late, self.loop.time() + 1)
        if self.loop.time() >= late:
            self._end(TOO_SLOW if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) else b"")
            return
        self._timer = self.loop.call_at(late, self._look)

    def _end(self, answer: bytes) -> None:
        if answer and not self.transport.is_closing():
            self.transport.write(answer)
        self.transport.close()
