"""The simulation of hosts, in a small form, on real servers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = """
import json, tempfile
from pathlib import Path
from performance import hosts
from performance.simulated_hosts import Times
from tests.support import servers
hosts.STUDIES, hosts.REGIONS = 4, 5
try:
    with tempfile.TemporaryDirectory() as folder, hosts.service(Path(folder)) as made:
        hosts.submit(made, 1)
        seen = hosts.observe(made, 3, Times(6.0, 2.0, 20.0), seconds=120, until_done=True)
        states = made.ask("SELECT count(*) FROM runs WHERE status = 'succeeded' AND attempts = 1")
        scores = made.ask("SELECT count(*) FROM scores")
    print(json.dumps([{**seen._asdict(), "claim_ms": len(seen.claim_ms)}, states, scores, hosts.ramp(seen)]))
except servers.MissingServerError as error:
    print(json.dumps([str(error)]))
"""


def test_three_hosts_do_twenty_runs_and_what_they_ask_for_is_counted() -> None:
    path = os.pathsep.join([str(ROOT / "tests" / "support"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", SMALL],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, *told = json.loads(done.stdout.splitlines()[-1])
    if not told:
        pytest.skip(seen)
    states, scores, row = told
    assert (states, scores, seen["done"]) == (20, 20, 20)
    assert seen["handed_over"] >= 1
    assert seen["claims"] == seen["claim_ms"] == 20 + seen["handed_over"] + seen["waits"]
    # Four studies are extracted once each; what is handed over, or comes later, is read from the store.
    assert seen["store_requests"]["PUT if none"] >= 4
    assert seen["store_requests"]["GET"] >= 7 * 16
    assert seen["store_bytes"] >= 4 * 7 * 2_000_000
    assert 0 < seen["idle"] < 1
    assert 3 <= seen["connections"] <= 12
    assert seen["transactions"] >= 20 * 8
    assert seen["deadlocks"] == 0
    assert row.startswith("| 3 | ")
