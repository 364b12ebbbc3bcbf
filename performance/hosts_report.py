"""What is told of simulated hosts (performance/hosts.py)."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

INTRODUCTION = """\
# 50 hosts on one service

`python -m performance.hosts`, {date}, {processors} processors shared with other work (load {load:.1f}), PostgreSQL,
Redis and all hosts on them. {runs} runs wait (500 models x 60 benchmarks of 12 studies). Hosts are threads that go
through all that a worker does: signals, claims, leases, beats, sweeps, hand-overs, rows of scores. Extraction (60 s for
a model and a study) and scoring (20 s a run) are sleep, five times as fast as that; beats (every 2 s) and sweeps (every
3 s) are not. The store counts seven layers of 2 MB. Runs that failed or were begun again: {failed}.

## 50 hosts, 20 of the queue gpu and 30 of cpu
"""
RAISED = """
## As many hosts as it takes, with no work at all

A run costs nothing here but what the service adds, which is what many more hosts at real work would ask of it.

| hosts | claims/s | finished/s | claim ms, p50 | p95 | transactions/s | connections | database, processors | hosts |
|---|---|---|---|---|---|---|---|---|"""
READING = """
## What it says (2026-11-28)

- *Where it broke.* All who asked for work found the same oldest run and one had it. Without work of their own, as
  above, on the same machine in the same hour before that was mended: 17.6 claims and 17.7 finished runs a second with
  1 host, 28 and 13.1 with 10, 12.8 and 5.9 with 25, 6.6 and 3.3 with 50, a claim in 5.2 s (p50) and 16 s (p95), 82
  transactions a claim. One run each, by `FOR UPDATE SKIP LOCKED`: 23.6 claims and 11 finished runs a second with 50,
  a claim in .38 s and .82 s.
- *Connections.* A worker kept as many as it ever had at once: 117 at most with 50 hosts twenty times as fast, where
  PostgreSQL's default is 100. It keeps one now (100 at that speed, 77 above), and docker-compose.yml allows 300.
- *The order of claims.* Once most runs wait for one queue PostgreSQL preferred the primary key, and read every
  finished run at each claim (434 of 30,000 after 45 s, growing to all). The order by queue and number leaves it the
  index of waiting runs: 4 pages.
- *What limits now.* This simulation: all hosts share one Python, whose lock lets them have one processor, and the
  machine has two, shared with other work. Throughput stops growing at 10 to 25 hosts without work, where the hosts
  have .8 to .9 of a processor and the database .2 to .3. No deadlock, no run lost or begun twice.
- *What that is for real hosts.* 50 hosts whose runs take 32 s of host time finish 1.6 runs a second, and 30,000 in
  5.3 hours. Here they worked five times as fast, on .3 processors of the database, of which .17 are looks (every host
  connects anew every three seconds, since it forks others that work). So looks come first to their limit: one
  processor of the database for about 300 hosts. Requests to the store are a fifth of the above, 40 a second, and 36
  MB/s.
- *What hosts lose.* A fifth of their time: 10 % is what the service adds to a run (.9 s beside 6.4 s of work here, or
  32 s at true speed), 4 % runs that wait a moment for another that computes the same layers (467 of 1,610 claims, each
  2 s of 60). The rest was not told apart, nor how much of all this is Python's lock.
- *Not measured.* The network between hosts and servers, a disk that flushes (`fsync` is off), and more than 100
  hosts.
"""


class Observed(NamedTuple):
    """What database, broker and store were asked for in a while, and what hosts made of it."""

    hosts: int
    seconds: float
    claims: int
    done: int
    transactions: int
    connections: int
    deadlocks: int
    broker_commands: int
    messages: int
    store_requests: Mapping[str, int]
    store_bytes: int
    claim_ms: list[float]
    waits: int
    handed_over: int
    idle: float
    overhead_ms: float
    database_s: float
    broker_s: float
    hosts_s: float
    slowest: str

    @property
    def per_second(self) -> float:
        """Runs that were finished each second."""
        return self.done / self.seconds


def quantile(values: Sequence[float], part: float) -> float:
    """The value that this part of them is below; NaN of none."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else math.nan


def table(found: Observed, idle: Observed, submitted_ms: float) -> list[str]:
    """What one number of hosts asked for, a row each."""
    per_s = 1 / found.seconds
    requests = ", ".join(f"{name} {count * per_s:.0f}" for name, count in found.store_requests.items())
    rows = {
        "runs finished, handed over, let wait behind another": f"{found.done}, {found.handed_over}, {found.waits}",
        "claims a second; milliseconds each, p50 and p95": f"{found.claims * per_s:.1f}; "
        f"{quantile(found.claim_ms, 0.5):.0f}, {quantile(found.claim_ms, 0.95):.0f}",
        "transactions a second, and of deadlocks in all": f"{found.transactions * per_s:.0f}, {found.deadlocks}",
        "connections at most": f"{found.connections}",
        "statement that took most in all": found.slowest,
        "messages a second; commands to Redis a second": f"{found.messages * per_s:.1f}; "
        f"{found.broker_commands * per_s:.0f}",
        "requests to the store a second": requests,
        "bytes to and from the store a second": f"{found.store_bytes * per_s / 1e6:.0f} MB",
        "milliseconds a finished run took beside its work": f"{found.overhead_ms:.0f}",
        "of the hosts' time not spent at work": f"{100 * found.idle:.0f} %",
        "processors: database, broker, all hosts": f"{found.database_s * per_s:.2f}, {found.broker_s * per_s:.2f}, "
        f"{found.hosts_s * per_s:.2f}",
        "the same while no run waits, with transactions a second": f"{idle.database_s / idle.seconds:.2f}, "
        f"{idle.broker_s / idle.seconds:.2f}, {idle.hosts_s / idle.seconds:.2f}; "
        f"{idle.transactions / idle.seconds:.0f}",
        "milliseconds to submit a model to 60 benchmarks": f"{submitted_ms:.0f}",
    }
    return ["| what | seen |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def ramp(each: Observed) -> str:
    """A row of the table that raises the number of hosts."""
    per_s = 1 / each.seconds
    return (
        f"| {each.hosts} | {each.claims * per_s:.1f} | {each.per_second:.1f} | {quantile(each.claim_ms, 0.5):.0f} | "
        f"{quantile(each.claim_ms, 0.95):.0f} | {each.transactions * per_s:.0f} | {each.connections} | "
        f"{each.database_s * per_s:.2f} | {each.hosts_s * per_s:.2f} |"
    )
