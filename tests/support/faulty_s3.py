"""A store on S3 that answers 500, slowly, or half a file: a proxy in front of moto's server."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import fsspec
import pytest

HOP = {"connection", "transfer-encoding", "date", "server", "content-length"}


class FaultyS3(ThreadingHTTPServer):
    """Passes requests on, `failing` of them in the way that `mode` says: error, slow or half."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.mode, self.failing, self.slow_s = urlsplit(target), "", 0, 1.0
        self.address = f"http://127.0.0.1:{self.server_port}"

    def fail(self, mode: str, times: int) -> None:
        self.mode, self.failing = mode, times

    def takes_fault(self) -> str:
        if self.failing <= 0:
            return ""
        self.failing -= 1
        return self.mode


class _Handler(BaseHTTPRequestHandler):
    server: FaultyS3
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.server.takes_fault()
        if fault == "error":
            self._answer(500, [], b"<Error><Code>InternalError</Code></Error>")
            return
        if fault == "slow":
            time.sleep(self.server.slow_s)
        connection = HTTPConnection(self.server.target.hostname or "", self.server.target.port)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        length = answer.headers.get("content-length", str(len(content)))
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
        self._answer(answer.status, kept, content[: len(content) // 2] if fault == "half" else content, length)
        connection.close()
        if fault == "half":
            self.close_connection = True

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, length: str = "") -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on  # noqa: N815 the names http.server asks for


@contextmanager
def faulty_s3() -> Iterator[FaultyS3]:
    """The proxy, in front of the server that the environment names."""
    proxy = FaultyS3(os.environ["AWS_ENDPOINT_URL"])
    Thread(target=proxy.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", proxy.address)
        fsspec.filesystem("s3").clear_instance_cache()
        yield proxy
    fsspec.filesystem("s3").clear_instance_cache()
    proxy.shutdown()
    proxy.server_close()
