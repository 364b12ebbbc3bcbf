"""How fast leaderboards are read: 1,000 models on 100 benchmarks among 1,000,000 scores; writes its RESULTS.

`python -m performance.service_reading` starts PostgreSQL on this machine, fills it, lets another process compute the
boards as a worker does, and reads pages with 20 readers at once. `--database URL` takes one that is filled already.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from urllib.request import urlopen

import psutil

from performance.million_scores import BENCHMARKS, FAMILIES, MODELS, VERSIONS, catalogue, fill
from tests.support import servers

READERS, SECONDS, THINK_S = 20, 15.0, 1.0
RESULTS = Path(__file__).parent / "RESULTS-service-reading.md"


class Read(NamedTuple):
    """Milliseconds of each page as its reader saw them and inside the server; pages a second; what a page weighs.

    `processor_ms` is what the serving process computed for a page, which other work on the machine changes little.
    """

    seen: list[float]
    inside: list[float]
    rate: float
    kib: float
    processor_ms: float


@contextmanager
def other(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the program in another process while the context lasts."""
    command = [sys.executable, "-m", "performance.served_boards", *arguments]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


def computed(address: str, name: str) -> dict[str, float]:
    """What computing a board took."""
    with other("--compute", name, "--database", address) as process:
        found: dict[str, float] = json.loads(process.communicate()[0])
        return found


async def ask(port: int, path: str, *, etag: str = "", connection: Any = None) -> tuple[bytes, str, Any]:
    """The body of a page and its ETag, over a connection that is kept."""
    reader, writer = connection or await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    known = f"If-None-Match: {etag}\r\n" if etag else ""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{known}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
    status = int(head.split()[1])
    if status not in (200, 304):
        raise RuntimeError(f"{path} answered {head}")
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return body, fields.get("etag", ""), (reader, writer)


def pages(number: int) -> Iterator[str]:
    """What a reader looks at: boards, sorted and filtered and leafed through."""
    rng = random.Random(number)
    names = list(catalogue().benchmarks)
    while True:
        kind = rng.choice(("plain", "plain", "next", "sorted", "family", "text"))
        board = rng.choice(("all", "all", "it", names[2]))
        query = {
            "plain": "",
            "next": f"?offset={25 * rng.randrange(40)}",
            "sorted": f"?sort={quote(names[2])}",
            "family": f"?family={rng.choice(FAMILIES)}",
            "text": f"?text={rng.randrange(100)}",
        }[kind]
        yield f"/v1/leaderboards/{board}{query}"


async def read(port: int, pid: int, *, think_s: float, known: bool = False) -> Read:
    """Twenty readers for a while; `known` ones send the ETag of the page they have."""
    seen: list[float] = []
    sizes: list[int] = []
    end = time.perf_counter() + SECONDS

    async def reader(number: int) -> None:
        connection, rng = None, random.Random(number)
        etags: dict[str, str] = {}
        await asyncio.sleep(rng.random() * think_s)
        for path in pages(number):
            began = time.perf_counter()
            if began > end:
                return
            etag = etags.get(path, "") if known else ""
            body, etags[path], connection = await ask(port, path, etag=etag, connection=connection)
            seen.append(1000 * (time.perf_counter() - began))
            sizes.append(len(body))
            if think_s:
                await asyncio.sleep(think_s * (0.5 + rng.random()))

    await ask(port, "/times")
    began, before = time.perf_counter(), processor_s(pid)
    await asyncio.gather(*(reader(number) for number in range(READERS)))
    took = time.perf_counter() - began
    inside = json.loads((await ask(port, "/times"))[0])
    computed_ms = 1000 * (processor_s(pid) - before) / len(seen)
    return Read(seen, inside, len(seen) / took, statistics.mean(sizes) / 1024, computed_ms)


def processor_s(pid: int) -> float:
    """How long a process has computed."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def measure(address: str, filled_s: float) -> str:
    """All measurements, as the page that records them."""
    rows = [("making the database", f"{filled_s:.0f} s", "")]
    names = list(catalogue().benchmarks)
    for name, what in (("all", "all, 100,000 scores"), ("it", "a group, 20,000"), (names[2], "a benchmark, 1,000")):
        took = computed(address, name)
        rows.append((f"a worker computes the board of {what}", f"{took['seconds']:.1f} s, {took['mib']:.0f} MiB", ""))
    port = servers.free_port()
    began = time.perf_counter()
    with other("--serve", str(port), "--database", address) as process:
        while True:
            try:
                asyncio.run(ask(port, "/healthz"))
                break
            except OSError:
                time.sleep(0.02)
        rows.append(("the serving process answers after", f"{time.perf_counter() - began:.1f} s", "2 s"))
        asyncio.run(read(port, process.pid, think_s=THINK_S))  # caches of PostgreSQL, statements of SQLAlchemy
        for what, think_s, known in (
            ("20 readers, a page a second each", THINK_S, False),
            ("20 readers without a pause", 0.0, False),
            ("20 readers without a pause, who have the page", 0.0, True),
        ):
            found = asyncio.run(read(port, process.pid, think_s=think_s, known=known))
            rows += [
                (f"{what}: in the server, median", f"{statistics.median(found.inside):.1f} ms", ""),
                ("... in the server, p95", f"{p95(found.inside):.1f} ms", "30 ms"),
                ("... seen by the reader, p95", f"{p95(found.seen):.1f} ms", ""),
                ("... the serving process computes for a page", f"{found.processor_ms:.1f} ms", ""),
                ("... pages a second, of KiB", f"{found.rate:.0f}, {found.kib:.0f}", ""),
            ]
        for path in (
            "/v1/scores?limit=100",
            "/v1/models",
            "/v1/models/model-0001",
            "/v1/scores?model=model-0500",
        ):
            rows.append((path, f"{asyncio.run(best(port, path)):.0f} ms", ""))
        for path in ("/v1/leaderboards/all/export", "/v1/scores/export?benchmark=it&format=parquet"):
            rows.append((path, downloaded(port, path), ""))
        compared = "/v1/compare?models=model-0001&models=model-0002"
        rows.append((compared + " (100 benchmarks)", f"{asyncio.run(best(port, compared)):.0f} ms", ""))
        rows.append(("memory of the serving process at most, with exports", peak(process.pid), "250 MB"))
    return written(rows)


def peak(pid: int) -> str:
    """The most memory a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return f"{kib / 1024:.0f} MiB ({kib * 1024 / 1e6:.0f} MB)"


async def best(port: int, path: str) -> float:
    """The median of seven, in milliseconds."""
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        await ask(port, path)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def downloaded(port: int, path: str) -> str:
    """How long an export took, and how large it is."""
    began = time.perf_counter()
    with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        size = sum(map(len, iter(partial(answer.read, 2**20), b"")))
    return f"{time.perf_counter() - began:.1f} s, {size / 2**20:.1f} MiB"


def p95(milliseconds: list[float]) -> float:
    """Their 95th percentile."""
    return statistics.quantiles(milliseconds, n=20)[-1]


def written(rows: list[tuple[str, str, str]]) -> str:
    """The measurements as a page."""
    head = (
        f"# Reading leaderboards\n\n`python -m performance.service_reading`, {datetime.now(UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: PostgreSQL, one serving process and the readers "
        f"on one machine. {MODELS:,} models on {BENCHMARKS} benchmarks, {VERSIONS} runs of each pair: "
        f"{MODELS * BENCHMARKS * VERSIONS:,} scores. A page has 25 models; readers sort, filter and leaf.\n\n"
        "| | measured | goal |\n|---|---|---|\n"
    )
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database")
    given = parser.parse_args()
    if given.database:
        RESULTS.write_text(measure(given.database, 0))
        return
    with servers.postgresql() as server, servers.database(server) as address:
        began = time.perf_counter()
        fill(address)
        RESULTS.write_text(measure(address, time.perf_counter() - began))


if __name__ == "__main__":
    main()
