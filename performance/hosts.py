"""What 50 hosts ask of database, broker and store, and where it breaks; writes RESULTS-hosts.md.

`python -m performance.hosts` starts PostgreSQL and Redis, has 500 models x 60 benchmarks submitted, and hosts work on
them: threads of one process that go through all that a worker does but extraction and scoring, which are sleep.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
import redis
from sqlalchemy import Engine, text

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.queue import CPU, GPU
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from performance.counting_store import CountingStore
from performance.hosts_report import INTRODUCTION, RAISED, READING, Observed, ramp, table
from performance.simulated_hosts import MODEL, Simulation, Times, simulated
from tests.support import servers
from tests.support.accepted import accepted
from tests.support.tiny_study import NAMES, tiny_catalogue

RESULTS = Path(__file__).parent / "RESULTS-hosts.md"
MODELS, STUDIES, REGIONS = 500, 12, 5
# A network of ViT-B's size on 1,000 images on a GPU, and an encoding of seven layers; five times as fast, or at once.
SPED_UP, AT_ONCE = Times(60.0, 20.0, 5.0), Times(60.0, 20.0, 0.0)
BEGINNING_S, MEASURED_S, RAMPED_S = 5.0, 90.0, 10.0
HOSTS, RAMP = 50, (2, 10, 25, 50, 100)
# As much of the work is extraction.
GPU_HOSTS = 0.4
ADA = Caller(1, "ada", Scope.SUBMIT, 10**9, 10**9)
LIBRARY = "pg_stat_statements"
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'brainrank'"


def catalogue(folder: Path) -> Catalogue:
    """Studies of a few images, each with its regions."""
    folder.mkdir(exist_ok=True)
    tiny = tiny_catalogue(folder)
    study, benchmark = tiny.datasets["tiny2026"], tiny.benchmarks[NAMES[0]]
    names = [f"study{number:02d}" for number in range(STUDIES)]
    regions = tuple(f"r{number}" for number in range(REGIONS))
    studies = {
        name: replace(
            study,
            card=replace(study.card, name=name),
            regions=dict.fromkeys(regions, study.regions["it"]),
            squared=regions,
        )
        for name in names
    }
    benchmarks = {
        f"{name}.{region}.rsa": replace(benchmark, name=f"{name}.{region}.rsa", dataset=name, region=region)
        for name in names
        for region in regions
    }
    return Catalogue(studies, benchmarks)


class Service(NamedTuple):
    """Servers, and what runs on them."""

    settings: Settings
    engine: Engine
    broker: "redis.Redis[bytes]"
    catalogue: Catalogue
    processes: Mapping[str, psutil.Process]
    store: CountingStore

    def ask(self, query: str) -> int:
        """A number of the database."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one() or 0)


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """PostgreSQL, which counts statements where it can, and Redis."""
    with ExitStack() as stack:
        server = servers.PostgresqlServer()
        counts = ["-c", f"shared_preload_libraries={LIBRARY}"] if _has_library(server.binaries) else []
        stack.callback(server.remove)
        server.start("-c", "max_connections=1000", *counts)
        queue = stack.enter_context(servers.redis_to_stop())
        settings = Settings(home=folder / "home", database_url=server.address, broker_url=queue.address)
        engine = open_database(server.address)
        stack.callback(engine.dispose)
        if counts:
            with engine.begin() as connection:
                connection.execute(text(f"CREATE EXTENSION {LIBRARY}"))
        broker = redis.Redis.from_url(queue.address)
        stack.callback(broker.close)
        processes = {"database": psutil.Process(server.process.pid), "broker": psutil.Process(queue.process.pid)}
        yield Service(settings, engine, broker, catalogue(folder / "images"), processes, CountingStore())


def _has_library(binaries: Path) -> bool:
    return ((binaries / "postgres").resolve().parents[1] / "lib" / f"{LIBRARY}.so").exists()


def submit(made: Service, models: int) -> float:
    """Submit as many models on every benchmark; return seconds per submission."""
    began, begin = time.perf_counter(), partial(transaction, made.engine)
    for number in range(models):
        name = f"model{number:03d}-{time.monotonic_ns()}"
        wanted = Wanted(WantedModel(name, MODEL), (), True, "", None, name)
        with begin() as session:
            accepted(session, ADA, wanted, made.catalogue)
    return (time.perf_counter() - began) / models


def observe(made: Service, hosts: int, times: Times, *, seconds: float, until_done: bool = False) -> Observed:
    """Let hosts work for as long once they have begun, or from then until no run waits, and count."""
    simulation, gpus = Simulation(made.settings, made.catalogue, made.store, times), max(1, round(GPU_HOSTS * hosts))
    _slowest(made)  # counting begins anew
    before, began = _counts(made, simulation), time.perf_counter()
    with simulated(simulation, [GPU if number < gpus else CPU for number in range(hosts)]):
        if not until_done:
            time.sleep(BEGINNING_S)
            before, began = _counts(made, simulation), time.perf_counter()
        connections = 0
        while time.perf_counter() - began < seconds:
            connections = max(connections, made.ask(CONNECTIONS))
            if until_done and not made.ask("SELECT count(*) FROM runs WHERE finished_at IS NULL"):
                break
            time.sleep(0.5)
        after, took = _counts(made, simulation), time.perf_counter() - began
    spent = {name: after[name] - before[name] for name in after}
    claims = simulation.measured.claims_s[int(before["claims"]) :]
    done = max(1, int(spent["done"]))
    return Observed(
        hosts=hosts,
        seconds=took,
        claims=int(spent["claims"]),
        done=int(spent["done"]),
        transactions=int(spent["transactions"]),
        connections=connections,
        deadlocks=int(spent["deadlocks"]),
        broker_commands=int(spent["commands"]),
        messages=int(spent["messages"]),
        store_requests={name.removeprefix("store "): int(spent[name]) for name in spent if name.startswith("store ")},
        store_bytes=int(spent["bytes"]),
        claim_ms=[1000 * each for each in claims],
        waits=int(spent["waits"]),
        handed_over=int(spent["handed"]),
        idle=1 - spent["asleep"] / (hosts * took),
        overhead_ms=1000 * (spent["in runs"] - spent["asleep"]) / done,
        database_s=spent["database"],
        broker_s=spent["broker"],
        hosts_s=spent["hosts"],
        slowest=_slowest(made),
    )


def _counts(made: Service, simulation: Simulation) -> dict[str, float]:
    statistics_of = "FROM pg_stat_database WHERE datname = current_database()"
    commands = made.broker.info("commandstats")
    store, measured = simulation.store, simulation.measured
    return {
        "claims": len(measured.claims_s),
        "done": made.ask("SELECT count(*) FROM runs WHERE status = 'succeeded'"),
        "transactions": made.ask(f"SELECT xact_commit + xact_rollback {statistics_of}"),
        "deadlocks": made.ask(f"SELECT deadlocks {statistics_of}"),
        "waits": made.ask("SELECT count(*) FROM run_events WHERE text LIKE '%lets others go first'"),
        "handed": made.ask("SELECT count(*) FROM run_events WHERE text LIKE '%scores them'"),
        "commands": sum(each["calls"] for each in commands.values()),
        "messages": commands.get("cmdstat_lpush", {"calls": 0})["calls"],
        "bytes": store.bytes_read + store.bytes_written,
        "asleep": measured.asleep_s,
        "in runs": measured.in_runs_s,
        "hosts": sum(psutil.Process().cpu_times()[:2]),
        **{name: _processor_s(process) for name, process in made.processes.items()},
        **{f"store {name}": store.requests[name] for name in ("GET", "PUT", "PUT if none", "DELETE")},
    }


def _processor_s(process: psutil.Process) -> float:
    """Processor time of a process, of its children that live, and of those that have ended."""
    spent = float(sum(process.cpu_times()[:4]))
    for each in process.children():
        with suppress(psutil.NoSuchProcess):  # it has ended since, and is counted with its parent from now on
            spent += sum(each.cpu_times()[:2])
    return spent


def _slowest(made: Service) -> str:
    """The statement that took most in all, by the server's count, and the milliseconds that one takes."""
    query = (
        "SELECT mean_exec_time, calls, query FROM pg_stat_statements "
        "WHERE query NOT LIKE 'CREATE%' AND query LIKE '%runs%' ORDER BY total_exec_time DESC LIMIT 1"
    )
    if not made.ask(f"SELECT count(*) FROM pg_extension WHERE extname = '{LIBRARY}'"):
        return "unknown: this server counts no statements"
    with made.engine.begin() as connection:
        row = connection.execute(text(query)).first()
        connection.execute(text("SELECT pg_stat_statements_reset()"))
    return (
        "none"
        if row is None
        else f"`{' '.join(row.query.split())[:110]}`: {row.mean_exec_time:.2f} ms, {row.calls} times"
    )


def main() -> None:
    """Measure, and write."""
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as made:
        idle = observe(made, HOSTS, SPED_UP, seconds=RAMPED_S)
        submitted_ms = 1000 * submit(made, MODELS)
        runs, load = made.ask("SELECT count(*) FROM runs"), os.getloadavg()[0]
        found = observe(made, HOSTS, SPED_UP, seconds=MEASURED_S)
        raised = [observe(made, hosts, AT_ONCE, seconds=RAMPED_S) for hosts in RAMP]
        failed = made.ask("SELECT count(*) FROM runs WHERE status = 'failed' OR attempts > 1")
    lines = [
        INTRODUCTION.format(
            date=f"{datetime.now():%Y-%m-%d}", processors=os.cpu_count(), load=load, runs=runs, failed=failed
        ),
        *table(found, idle, submitted_ms),
        RAISED,
        *(ramp(each) for each in raised),
        READING,
    ]
    RESULTS.write_text("\n".join(lines))
    print(f"Written: {RESULTS}")


if __name__ == "__main__":
    main()
