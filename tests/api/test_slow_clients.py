"""Clients that say half a word, send a body byte by byte, or take nothing of an answer."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from brainrank.api import slow_clients
from brainrank.api.slow_clients import ImpatientProtocol

LARGE = 50_000_000


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reads what comes, and answers with much or little."""
    if scope["type"] != "http":
        return
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    if scope["path"] == "/later":
        await asyncio.sleep(0.8)
    body = b"x" * (LARGE if scope["path"] == "/large" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[uvicorn.Server]:
    for name, seconds in (("HEADERS_S", 0.4), ("BODY_S", 0.4), ("ANSWER_S", 0.4)):
        monkeypatch.setattr(slow_clients, name, seconds)
    config = uvicorn.Config(application, port=0, log_level="error", http=ImpatientProtocol, lifespan="off")
    made = uvicorn.Server(config)
    thread = threading.Thread(target=made.run)
    thread.start()
    while not made.started:
        time.sleep(0.01)
    yield made
    made.should_exit = True
    thread.join()


def connect(server: uvicorn.Server) -> socket.socket:
    return socket.create_connection(server.servers[0].sockets[0].getsockname(), timeout=10)


def answered(client: socket.socket) -> bool:
    """Whether a whole answer comes, however it is cut."""
    came = b""
    while not came.endswith(b"xx"):
        piece = client.recv(1000)
        if not piece:
            return False
        came += piece
    return True


def wait_until_none_is_open(server: uvicorn.Server) -> None:
    end = time.monotonic() + 10
    while server.server_state.connections:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    "said", [b"", b"GET /", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nhalf"], ids=["", "head", "body"]
)
def test_half_a_request_is_ended(server: uvicorn.Server, said: bytes) -> None:
    many = [connect(server) for _ in range(50)]
    for each in many:
        each.sendall(said)
    for each in many:
        assert each.recv(100).startswith(b"HTTP/1.1 408")
        each.close()
    wait_until_none_is_open(server)


def test_half_a_further_request_on_a_kept_connection_is_ended(server: uvicorn.Server) -> None:
    with connect(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answered(client)
        time.sleep(0.6)
        client.sendall(b"GET / HT")
        assert client.recv(100).startswith(b"HTTP/1.1 408")


def test_who_takes_nothing_of_an_answer_is_let_go(server: uvicorn.Server) -> None:
    with connect(server) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until_none_is_open(server)


def test_an_answer_that_takes_long_to_make_and_a_body_that_comes_well_are_waited_for(server: uvicorn.Server) -> None:
    with connect(server) as client:
        client.sendall(b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answered(client)
    with connect(server) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(10):
            client.sendall(b"y" * 500)
            time.sleep(0.06)
        assert answered(client)


def test_more_connections_than_there_are_descriptors_for_are_told_to_come_again(
    server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_clients, "most_connections", lambda: 2)
    kept = [connect(server) for _ in range(2)]
    time.sleep(0.1)
    with connect(server) as client:
        answer = client.recv(1000)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 5" in answer
    for each in kept:
        each.close()
