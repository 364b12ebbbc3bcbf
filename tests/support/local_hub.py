"""A hub of models on loopback: files of one repository at one commit, as huggingface_hub asks for them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple


class LocalHub(NamedTuple):
    """Its address, and what it was asked for: method and path."""

    address: str
    asked: list[str]


@contextmanager
def local_hub(files: Mapping[str, Path], *, repository: str, commit: str, port: int = 0) -> Iterator[LocalHub]:
    """Serve these files by name at /REPOSITORY/resolve/COMMIT/NAME; anything else is not found. Port 0 is any."""
    asked = list[str]()

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self.wfile.write(self._answer())

        def _answer(self) -> bytes:
            asked.append(f"{self.command} {self.path}")
            before, _, name = self.path.partition(f"/{repository}/resolve/{commit}/")
            found = before == "" and name in files
            content = files[name].read_bytes() if found else json.dumps({"error": "Entry not found"}).encode()
            self.send_response(200 if found else 404)
            if not found:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", f'"{sha256(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            return content

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield LocalHub(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
