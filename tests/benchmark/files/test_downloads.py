import http.server
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from remote_files import CONTENT, SHA256, Messages, files_in, remote

from brainrank.benchmark.files.downloads import cache_name, fetch, locate
from brainrank.benchmark.types.errors import DataUnavailableError, StorageError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT at /file, slowly at /slow, something else at /wrong; 404 elsewhere."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = 0

    def handle_error(self, _request: object, _client: object) -> None:
        """A client that was killed is part of a test, not worth a traceback."""

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        body = {"/file": CONTENT, "/slow": CONTENT, "/wrong": b"another file"}.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 65536):
            self.wfile.write(body[start : start + 65536])
            if self.path == "/slow":
                self.wfile.flush()
                time.sleep(1)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    return Locations(home=tmp_path / "home")


def test_downloads_once_and_then_reads_the_cache(server: Server, locations: Locations) -> None:
    file = remote(server.address("file"))
    assert locate(file, locations) is None
    path = fetch(file, locations)
    assert path.read_bytes() == CONTENT
    assert fetch(file, locations) == path == locate(file, locations)
    assert server.requests == 1
    assert files_in(locations.downloads) == [path.name]


def test_the_mirror_comes_first_and_is_checked(server: Server, tmp_path: Path) -> None:
    mirrored = tmp_path / "mirror" / "github" / "some" / "where" / "abc123" / "folder" / "data.bin"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CONTENT)
    locations = Locations(home=tmp_path / "home", mirror=tmp_path / "mirror")
    file = remote("github:some/where@abc123:folder/data.bin", server.address("file"))
    assert fetch(file, locations) == mirrored
    mirrored.write_bytes(b"damaged")
    # The damaged copy is passed over (GitHub itself cannot be reached from a test, so the next source gives the file).
    file = remote(server.address("file"), "github:some/where@abc123:folder/data.bin")
    said = Messages()
    assert fetch(file, locations, reporter=said).read_bytes() == CONTENT
    assert "damaged" in said.texts[0]


def test_the_next_source_is_tried_when_one_fails(server: Server, locations: Locations) -> None:
    file = remote(server.address("missing"), server.address("wrong"), server.address("file"))
    assert fetch(file, locations).read_bytes() == CONTENT


def test_a_damaged_cached_file_is_fetched_again_and_the_user_told(server: Server, locations: Locations) -> None:
    file = remote(server.address("file"))
    path = fetch(file, locations)
    path.write_bytes(CONTENT[:-1] + b"x")
    said = Messages()
    assert fetch(file, locations, reporter=said).read_bytes() == CONTENT
    assert "damaged" in said.texts[0]
    assert "fetching it again" in said.texts[0]


def test_a_damaged_cached_file_without_a_source_is_an_error_that_names_it(server: Server, locations: Locations) -> None:
    path = fetch(remote(server.address("file")), locations)
    path.write_bytes(b"damaged")
    with pytest.raises(DataUnavailableError) as caught:
        fetch(remote(server.address("missing")), locations)
    assert f"{path}: damaged" in str(caught.value)
    assert "404" in str(caught.value)


def test_a_wrong_sha256_is_refused_and_nothing_is_left(server: Server, locations: Locations) -> None:
    with pytest.raises(DataUnavailableError, match="its sha256 is") as caught:
        fetch(remote(server.address("wrong")), locations)
    assert "BRAINRANK_MIRROR" in str(caught.value)
    assert files_in(locations.downloads) == []


def test_no_network_is_one_clear_message(locations: Locations) -> None:
    with pytest.raises(DataUnavailableError, match="could not be reached") as caught:
        fetch(remote("http://127.0.0.1:1/file"), locations)
    assert "Check the network" in str(caught.value)
    assert files_in(locations.downloads) == []


def run_fetch(address: str, home: Path, before: str = "") -> "subprocess.Popen[str]":
    script = f"""
        from pathlib import Path
        from brainrank.benchmark.files.downloads import fetch
        from brainrank.benchmark.types.locations import Locations
        from brainrank.benchmark.types.remote_file import RemoteFile
        {before}
        fetch(RemoteFile("data.bin", "{SHA256}", ("{address}",)), Locations(Path("{home}")))
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stderr=subprocess.PIPE, text=True)


def test_a_killed_download_leaves_no_file_and_the_next_one_cleans_up(server: Server, locations: Locations) -> None:
    process = run_fetch(server.address("slow"), locations.home)
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size for path in locations.downloads.glob("partial-*/download")):
        assert time.monotonic() < deadline, "the download did not start"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    file = remote(server.address("file"))
    assert locate(file, locations) is None
    path = fetch(file, locations)
    assert path.read_bytes() == CONTENT
    assert files_in(locations.downloads) == [path.name]


def test_a_full_disk_is_said_and_leaves_nothing(server: Server, locations: Locations) -> None:
    # A limit on the size of files gives the same failed write as a full disk.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    process = run_fetch(server.address("file"), locations.home, before=limit)
    _, stderr = process.communicate()
    assert process.returncode == 1
    assert f"StorageError: The disk of {locations.downloads} is full" in stderr
    assert "BRAINRANK_HOME" in stderr
    assert files_in(locations.downloads) == []


def test_a_folder_that_cannot_be_made_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="set BRAINRANK_HOME"):
        fetch(remote(server.address("file")), Locations(home=tmp_path / "home"))


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_what_was_uploaded_is_fetched_from_where_workers_share_it(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path / "shared") if where == "folder" else f"{request.getfixturevalue('s3')}/uploads"
    files, root = fsspec.core.url_to_fs(address)
    upload = RemoteFile("upload.npz", SHA256, ())
    locations = Locations(home=tmp_path / "home", uploads=address)
    with pytest.raises(DataUnavailableError, match="upload.npz"):
        fetch(upload, locations)
    files.makedirs(root, exist_ok=True)
    files.pipe_file(f"{root}/{cache_name(upload)}", b"damaged")
    with pytest.raises(DataUnavailableError, match="its sha256 is"):
        fetch(upload, locations)
    files.pipe_file(f"{root}/{cache_name(upload)}", CONTENT)
    assert fetch(upload, locations).read_bytes() == CONTENT
    files.rm_file(f"{root}/{cache_name(upload)}")
    assert fetch(upload, locations).parent == locations.downloads
    with pytest.raises(DataUnavailableError, match="Tried:"):
        fetch(RemoteFile("other.npz", SHA256, ("https://127.0.0.1:9/other",)), locations)
