"""How the service holds under load: readers, submitters, event streams and silent clients; writes RESULTS-load.md.

`PYTHONPATH=tests/support python -m performance.load --seconds 600` starts PostgreSQL, Redis, a serving process and two
workers, crashes the database halfway, and leaves 500 connections half open at the start.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from fire.deployment import Deployment, deployed
from tiny_study import NAMES

from performance.load_clients import Answer, Connection, chunks

RESULTS = Path(__file__).parent / "RESULTS-load.md"
READERS, SUBMITTERS, STREAMS, HALF_OPEN = 200, 50, 100, 500
# How long somebody looks at a page, and waits before the next submission: from half of it to one and a half.
READS_S, SUBMITS_S = 4.0, 10.0
PAGES = (
    "/v1/leaderboards/all",
    f"/v1/leaderboards/{NAMES[0]}",
    "/v1/leaderboards/all?convention=raw",
    "/leaderboards/all",
    "/v1/scores?limit=50",
    "/v1/models",
    "/models/pixels",
    "/v1/submissions?limit=20",
    "/healthz",
)
REFUSALS = (429, 503)


class Sample(NamedTuple):
    """The serving process and its database at a moment."""

    at_s: float
    memory_mib: float
    descriptors: int
    threads: int
    connections: int


class Load:
    """What is being measured: answers by kind, and faults of whatever kind."""

    def __init__(self, service: Deployment, seconds: float) -> None:
        self.service, self.began, self.seconds = service, time.monotonic(), seconds
        self.taken_ms, self.statuses = defaultdict[str, list[float]](list), defaultdict[str, Counter[str]](Counter)
        self.samples, self.numbers, self.streamed = list[Sample](), list[int](), Counter[str]()
        self.token = (service.home / "local-token").read_text()

    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() - self.began > self.seconds

    async def ask(self, kind: str, connection: Connection, method: str, path: str, body: bytes = b"") -> Answer | None:
        """Ask and measure; None where the connection failed."""
        began = time.perf_counter()
        try:
            try:
                answer = await connection.ask(method, path, body)
            except (OSError, asyncio.IncompleteReadError):
                if connection.is_fresh:
                    raise
                # One that was kept may have been closed since; every client then asks once more.
                await connection.close()
                answer = await connection.ask(method, path, body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.statuses[kind][type(error).__name__] += 1
            await connection.close()
            return None
        self.taken_ms[kind].append(1000 * (time.perf_counter() - began))
        told = str(answer.status)
        if answer.status in REFUSALS and not answer.retry_after:
            told += " without Retry-After"
        self.statuses[kind][told] += 1
        return answer


async def read(load: Load, number: int) -> None:
    """One who looks at pages, one after the other."""
    rng, connection = random.Random(number), Connection(load.service.port)
    await asyncio.sleep(rng.random() * READS_S)
    while not load.is_over():
        await load.ask("read", connection, "GET", rng.choice(PAGES))
        await asyncio.sleep(READS_S * (0.5 + rng.random()))
    await connection.close()


async def submit(load: Load, number: int) -> None:
    """One who submits, again and again; refused, it comes again."""
    rng, connection = random.Random(number), Connection(load.service.port, load.token)
    body = json.dumps({"model": {"name": "pixels"}}).encode()
    await asyncio.sleep(rng.random() * SUBMITS_S)
    while not load.is_over():
        answer = await load.ask("submit", connection, "POST", "/v1/submissions", body)
        if answer is not None and answer.status == 202:
            load.numbers.append(json.loads(answer.body)["id"])
        await asyncio.sleep(SUBMITS_S * (0.5 + rng.random()))
    await connection.close()


async def stream(load: Load, number: int) -> None:
    """One who watches a submission to its end, then another."""
    rng = random.Random(number)
    while not load.is_over():
        if not load.numbers:
            await asyncio.sleep(0.5)
            continue
        connection = Connection(load.service.port, load.token)
        path = f"/v1/submissions/{rng.choice(load.numbers[-50:])}/events"
        try:
            async with asyncio.timeout(max(1.0, load.seconds - (time.monotonic() - load.began))):
                status, _, reader = await connection.begin("GET", path)
                last = b""
                if status == 200:
                    async for piece in chunks(reader):
                        last = piece
                ended = "to the end" if b"event: finished" in last else "broken off"
                load.streamed[ended if status == 200 else str(status)] += 1
        except TimeoutError:
            load.streamed["open when the time was up"] += 1
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            load.streamed[type(error).__name__] += 1
        await connection.close()
        await asyncio.sleep(0.5 + rng.random())


@asynccontextmanager
async def half_open(load: Load) -> AsyncIterator[list[float]]:
    """Connections that say half a word; how long each stood once all are closed."""
    stood = list[float]()

    async def one() -> None:
        began = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", load.service.port)
            writer.write(b"GET /v1/lead")
            await reader.read()
        except OSError:
            pass
        stood.append(time.monotonic() - began)

    tasks = [asyncio.create_task(one()) for _ in range(HALF_OPEN)]
    yield stood
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def watch(load: Load) -> None:
    """Sample the serving process, every few seconds."""
    process = psutil.Process(load.service.api.pid)
    count = "SELECT count(*) AS n FROM pg_stat_activity WHERE client_port IS NOT NULL"
    while not load.is_over():
        found = await asyncio.to_thread(load.service.ask, count)
        at_s = time.monotonic() - load.began
        memory = process.memory_info().rss / 2**20
        load.samples.append(Sample(at_s, memory, process.num_fds(), process.num_threads(), found[0]["n"]))
        await asyncio.sleep(2)


async def crash_database(load: Load) -> None:
    """Crash PostgreSQL halfway, and start it again after two seconds."""
    await asyncio.sleep(load.seconds / 2)
    await asyncio.to_thread(load.service.postgresql.crash)
    await asyncio.sleep(2)
    await asyncio.to_thread(load.service.postgresql.start)


async def measure(load: Load) -> list[float]:
    """Everything at once; how long the half-open connections stood."""
    many: list[tuple[int, Callable[[Load, int], Awaitable[None]]]] = [
        (READERS, read),
        (SUBMITTERS, submit),
        (STREAMS, stream),
    ]
    async with half_open(load) as stood:
        tasks = [kind(load, number) for count, kind in many for number in range(count)]
        await asyncio.gather(watch(load), crash_database(load), *tasks)
    return stood


def report(load: Load, stood: list[float], processor_s: float) -> str:
    """The page."""
    first = [each for each in load.samples if each.at_s < load.seconds / 4]
    last = [each for each in load.samples if each.at_s > load.seconds * 3 / 4]
    rows = []
    for kind, taken in load.taken_ms.items():
        p50, p95, p99 = (statistics.quantiles(taken, n=100)[q - 1] for q in (50, 95, 99))
        answers = ", ".join(f"{count:,} x {status}" for status, count in sorted(load.statuses[kind].items()))
        rows.append(f"| {kind} | {answers} | {p50:.0f} ms | {p95:.0f} ms | {p99:.0f} ms |")
    streams = ", ".join(f"{count:,} {how}" for how, count in sorted(load.streamed.items()))
    memory = [statistics.mean(each.memory_mib for each in some) for some in (first, last)]
    unfinished = load.service.ask("SELECT count(*) AS n FROM runs WHERE finished_at IS NULL")[0]["n"]
    table = "\n".join(rows)
    return f"""# Under load

`PYTHONPATH=tests/support python -m performance.load --seconds {load.seconds:.0f}`, {datetime.now():%Y-%m-%d}, \
{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: {READERS} readers (a page every {READS_S:.0f} s),
{SUBMITTERS} submitters (every {SUBMITS_S:.0f} s) and {STREAMS} streams of events for {load.seconds:.0f} s, \
{HALF_OPEN} connections that say half a word at the start, and PostgreSQL crashed and
started again halfway: the errors are of those two seconds. Clients, servers and workers share the machine.

| what | answers | p50 | p95 | p99 |
|---|---|---|---|---|
{table}

| | measured |
|---|---|
| streams of events | {streams} |
| memory of the serving process, first and last quarter | {memory[0]:.0f} and {memory[1]:.0f} MiB |
| ... its processor time | {processor_s:.0f} s |
| ... threads, at most | {max(each.threads for each in load.samples)} |
| ... descriptors, at most and at the end | {max(each.descriptors for each in load.samples)} and \
{load.samples[-1].descriptors} |
| connections to the database of all processes, at most | {max(each.connections for each in load.samples)} |
| half-open connections the service ended, longest stood | {len(stood)} of {HALF_OPEN}, {max(stood, default=0):.1f} s |
| submissions accepted; runs not done when the time was up | {len(load.numbers):,}; {unfinished:,} |
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), run_s=0.0) as service:
        load = Load(service, given.seconds)
        stood = asyncio.run(measure(load))
        times = psutil.Process(service.api.pid).cpu_times()
        RESULTS.write_text(report(load, stood, times.user + times.system))
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
