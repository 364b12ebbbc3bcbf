"""How fast the service takes submissions, what it adds to a run, what its process weighs; writes RESULTS-service.md.

`python -m performance.service` starts PostgreSQL, Redis, `brainrank serve` and two `brainrank worker` on this machine.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from sqlalchemy import Engine, create_engine, text

from brainrank.api.client.client import Client, ServiceError
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from tests.support import servers

PROGRAM = "from brainrank.api.cli.main import main; main()"
BENCHMARK = "kriegeskorte2008.monkey-it.rsa"
SUBMISSIONS, SENDERS, ONE_BY_ONE, OF_EVERYTHING = 1000, 8, 300, 20
RESULTS = Path(__file__).parent / "RESULTS-service.md"


class Start(NamedTuple):
    """How long the serving process took to answer."""

    wall_s: float
    processor_s: float


class Drained(NamedTuple):
    """What became of many submissions at once."""

    sent_s: float
    drained_s: float
    succeeded: int
    scores: int
    attempts: int
    overheads_ms: list[float]


def deployed(home: Path, database: str, broker: str) -> dict[str, str]:
    """The environment of a service's processes, each of which computes with one thread."""
    return {
        **os.environ,
        "BRAINRANK_HOME": str(home),
        "BRAINRANK_PUBLISHED_RESULTS": "no",
        "BRAINRANK_DATABASE_URL": database,
        "BRAINRANK_BROKER_URL": broker,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def process(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A brainrank command that runs while the context lasts."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


def answering(address: str, token: Path) -> Client:
    """A client of the service, as soon as it answers."""
    while True:
        if token.exists() and token.stat().st_size:
            client = Client(address, token.read_text())
            try:
                client.health()
            except ServiceError:
                pass
            else:
                return client
        time.sleep(0.01)


class Accepted(NamedTuple):
    """Milliseconds from request to answer, as the client sees them, and of the serving process's processor time."""

    wall_ms: list[float]
    processor_ms: float


def one_by_one(client: Client, pid: int, times: int, *benchmarks: str) -> Accepted:
    """Submit, one after the other; no benchmark means all."""
    taken, before = [], processor_s(pid)
    for _ in range(times):
        began = time.perf_counter()
        client.submit("pixels", benchmarks=benchmarks)
        taken.append(1000 * (time.perf_counter() - began))
    return Accepted(taken, 1000 * (processor_s(pid) - before) / times)


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has had: what a busy machine does not stretch."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def at_once(client: Client, engine: Engine) -> Drained:
    """Send many, wait until none waits, and look into the record."""
    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        made = list(senders.map(lambda _: client.submit("pixels", benchmarks=[BENCHMARK]), range(SUBMISSIONS)))
    sent_s = time.perf_counter() - began
    first = min(each.runs[0].id for each in made)
    unfinished = text("SELECT count(*) FROM runs WHERE id >= :first AND finished_at IS NULL")
    with engine.connect() as connection:
        while connection.execute(unfinished, {"first": first}).scalar_one():
            connection.rollback()
            time.sleep(0.1)
    drained_s = time.perf_counter() - began
    rows = text("SELECT id, status, attempts, seconds, finished_at FROM runs WHERE id >= :first")
    begun = text("SELECT run_id, min(at) FROM run_events WHERE text = 'resolving' AND run_id >= :first GROUP BY run_id")
    with engine.connect() as connection:
        found = connection.execute(rows, {"first": first}).all()
        claimed: dict[int, datetime] = dict(connection.execute(begun, {"first": first}).all())
        scores = connection.execute(
            text("SELECT count(*) FROM scores WHERE run_id >= :first"), {"first": first}
        ).scalar_one()
    overheads = [
        1000 * ((row.finished_at - claimed[row.id]).total_seconds() - sum(row.seconds.values()))
        for row in found
        if row.status == "succeeded"
    ]
    return Drained(sent_s, drained_s, len(overheads), scores, sum(row.attempts for row in found), overheads)


def watched_memory(pid: int, done: threading.Event) -> list[float]:
    """The process's resident MiB until `done`."""
    seen = []
    while not done.wait(0.25):
        seen.append(psutil.Process(pid).memory_info().rss / 2**20)
    return seen


def quantile(values: list[float], q: float) -> float:
    """The value below which a fraction q lies, to a percent."""
    return statistics.quantiles(values, n=100)[round(100 * q) - 1]


def main() -> None:
    """Measure and write."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = servers.free_port()
        database = stack.enter_context(servers.database(stack.enter_context(servers.postgresql())))
        environment = deployed(home, database, stack.enter_context(servers.redis_server()))
        subprocess.run([sys.executable, "-c", PROGRAM, "admin", "migrate"], env=environment, check=True)
        began = time.perf_counter()
        served = stack.enter_context(process(environment, "serve", "--port", str(port)))
        client = stack.enter_context(answering(f"http://127.0.0.1:{port}", home / "local-token"))
        start = Start(time.perf_counter() - began, processor_s(served.pid))
        engine = create_engine(database)
        with engine.begin() as connection:  # the service's own limits are not what is measured
            connection.execute(text("UPDATE api_tokens SET runs_a_day = 1000000, requests_a_minute = 1000000"))
        client.submit("pixels", benchmarks=[BENCHMARK])
        accepted = one_by_one(client, served.pid, ONE_BY_ONE, BENCHMARK)
        whole = one_by_one(client, served.pid, OF_EVERYTHING)
        with engine.begin() as connection:
            connection.execute(text("UPDATE runs SET status = 'cancelled', finished_at = created_at"))
        for _ in range(2):
            stack.enter_context(process(environment, "worker"))
        warm = client.submit("pixels", benchmarks=[BENCHMARK])
        list(client.watch(warm.id))
        done, seen = threading.Event(), list[float]()
        watcher = threading.Thread(target=lambda: seen.extend(watched_memory(served.pid, done)))
        watcher.start()
        drained = at_once(client, engine)
        done.set()
        watcher.join()
        engine.dispose()
    report(start, accepted, whole, drained, max(seen))


def report(start: Start, accepted: Accepted, whole: Accepted, drained: Drained, memory_mib: float) -> None:
    """Write the table."""
    load = os.getloadavg()[0]
    lost, twice = SUBMISSIONS - drained.succeeded, drained.scores - drained.succeeded
    rows = [
        ("the serving process answers after", f"{start.wall_s:.1f} s", "2 s"),
        ("... of processor time", f"{start.processor_s:.1f} s", ""),
        (f"its memory at most, {SENDERS} senders", f"{memory_mib:.0f} MiB", "250 MB"),
        ("a submission is accepted, median", f"{quantile(accepted.wall_ms, 0.5):.1f} ms", ""),
        ("a submission is accepted, p95", f"{quantile(accepted.wall_ms, 0.95):.1f} ms", "20 ms"),
        ("... of the serving process's processor time, mean", f"{accepted.processor_ms:.1f} ms", ""),
        (
            f"a submission to all {len(BENCHMARKS)} benchmarks is accepted, median",
            f"{quantile(whole.wall_ms, 0.5):.1f} ms",
            "",
        ),
        (f"{SUBMISSIONS:,} submissions at once: accepted after", f"{drained.sent_s:.1f} s", ""),
        ("... all scored after, two workers", f"{drained.drained_s:.1f} s", ""),
        ("... lost", f"{lost}", "0"),
        ("... scored twice", f"{twice}", "0"),
        ("... claims", f"{drained.attempts}", f"{SUBMISSIONS}"),
        ("... overhead of a run, median", f"{quantile(drained.overheads_ms, 0.5):.0f} ms", "50 ms"),
        ("... overhead of a run, p95", f"{quantile(drained.overheads_ms, 0.95):.0f} ms", ""),
    ]
    lines = [f"| {what} | {value} | {goal} |" for what, value, goal in rows]
    content = f"""# The service

`python -m performance.service`, {datetime.now():%Y-%m-%d}, {os.cpu_count()} processors, load {load:.1f}: PostgreSQL,
Redis, `brainrank serve`, two `brainrank worker` and the senders on one machine. A submission is `pixels` on
`{BENCHMARK}`, its activations stored. Overhead: from claim to record, less what the
science took (the receipt's seconds).

Other work on the same processors stretches every wall time here; the load says how much of it there was.

| | measured | goal |
|---|---|---|
"""
    RESULTS.write_text(content + "\n".join(lines) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
