"""Files on loopback as storage serves them: in parts, with a mark of their content, and broken off when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class RangedFiles:
    """Its address, the files by name, after how many bytes an answer breaks off, and which parts were asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int | None = None
    marked: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def ranged_files() -> Iterator[RangedFiles]:
    """Serve `files` at /NAME, with Range and If-Range (RFC 9110)."""
    served = RangedFiles()

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            content = served.files.get(self.path.removeprefix("/"))
            part = self.headers.get("Range", "")
            if body:
                served.asked.append((self.path, part))
            if content is None:
                self.send_error(404)
                return
            mark = f'"{md5(content, usedforsecurity=False).hexdigest()}"'
            start = 0
            if part and self.headers.get("If-Range") == mark:
                start = int(part.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    self.send_error(416)
                    return
            self.send_response(206 if start else 200)
            if served.marked:
                self.send_header("ETag", mark)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if body:
                end = len(content) if served.break_after is None else start + served.break_after
                self.wfile.write(content[start:end])

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
