"""`brainrank results`: out of one home and into another, from a file or an address."""

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from stored_scores import store
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS

IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def invoke(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["results", *words], env={"BRAINRANK_HOME": str(home)})
    return done.exit_code, done.output


def filled(home: Path, value: float) -> Path:
    with own_database(Settings(home=home)) as begin, begin() as session:
        store(session, "a", IT, value)
    return home


def test_two_labs_merge_and_a_contradiction_is_told(tmp_path: Path) -> None:
    ours, theirs = filled(tmp_path / "ours", 0.1), filled(tmp_path / "theirs", 0.2)
    file = tmp_path / "r.jsonl.gz"
    assert invoke(theirs, "export", str(file))[0] == 0
    code, told = invoke(tmp_path / "new", "import", str(file))
    assert (code, "1 results recorded" in told) == (0, True)
    code, told = invoke(ours, "import", str(file))
    assert (code, "1 contradict it" in told, "0.2" in told or ".200000" in told) == (0, True, True)
    found = json.loads(invoke(ours, "show", "--json")[1])
    (conflict,) = found["conflicts"]
    assert (conflict["value"], conflict["other"]["value"], conflict["other"]["origin"]) == (0.1, 0.2, file.name)
    assert "contradicted" in invoke(ours, "show")[1]


def test_an_address_is_fetched(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl.xz"
    invoke(filled(tmp_path / "theirs", 0.2), "export", str(file))
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{file.name}"
        assert "1 results recorded" in invoke(tmp_path / "new", "import", address)[1]
        assert json.loads(invoke(tmp_path / "new", "show", "--json")[1])["scores"] == {address: 1}
        server.shutdown()


def test_what_is_no_file_of_results_is_refused(tmp_path: Path) -> None:
    code, told = invoke(tmp_path, "export", str(tmp_path / "r.csv"))
    assert (code, "write results.jsonl.gz" in told) == (2, True)
    (tmp_path / "x.gz").write_bytes(b"no")
    code, told = invoke(tmp_path, "import", str(tmp_path / "x.gz"))
    assert (code, "nothing of it was recorded" in " ".join(told.split())) == (2, True)
    assert invoke(tmp_path, "import", str(tmp_path / "none"))[0] == 2
