"""PostgreSQL, Redis, a serving process and workers, each of which can be killed and started again."""

import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import servers
from processes import ONE_THREAD, Process, environment_with, kill_group, start, wait_until
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from brainrank.api.client.client import Client, ServiceError
from brainrank.api.db.engine import open_database
from fire import program
from fire.proxy import Proxy

LEASE_S = 4.0
ELSEWHERE = "elsewhere"
# One that is run in a cell.
NETWORK = "timm:test_resnet@random"


class Deployment:
    """A service under fire. Workers reach the database by a proxy, whose network can be cut.

    They listen to these `queues` in turn; where those differ models are networks, which the queue gpu extracts.
    """

    def __init__(
        self,
        folder: Path,
        *,
        n_workers: int = 2,
        run_s: float | None = 0.3,
        lease_s: float = LEASE_S,
        queues: Sequence[str] = ("gpu,cpu",),
    ) -> None:
        self.folder, self.port, self.lease_s = folder, servers.free_port(), lease_s
        self.postgresql = servers.PostgresqlServer()
        (folder / "redis").mkdir()
        self.redis = servers.RedisServer(folder / "redis", keeps=True)
        self.proxy = Proxy(self.postgresql.port)
        self.home, self.log = folder / "home", (folder / "log").open("wb")
        self.environment = environment_with(
            {
                "BRAINRANK_HOME": str(self.home),
                "BRAINRANK_DATABASE_URL": self.postgresql.address,
                "BRAINRANK_BROKER_URL": self.redis.address,
                "BRAINRANK_LEASE_S": str(lease_s),
                "FIRE_RUN_S": "" if run_s is None else str(run_s),
                **ONE_THREAD,
            }
        )
        self.model = "pixels" if run_s is not None and len(queues) == 1 else NETWORK
        self.queues = queues
        self.n_workers, self.workers = n_workers, list[Process]()
        self.started, self.opened = list[Process](), ExitStack()

    def start(self) -> None:
        """Start everything, and wait until it answers."""
        self.postgresql.start()
        self.redis.start()
        self.engine = open_database(self.postgresql.address)
        self.opened.callback(self.engine.dispose)
        self.start_api()
        self.workers = [self.start_worker(number) for number in range(self.n_workers)]
        token = self.home / "local-token"
        wait_until(lambda: token.exists() and token.stat().st_size > 0, "the service's token")
        self.client = self.opened.enter_context(Client(f"http://127.0.0.1:{self.port}", token.read_text()))
        wait_until(self.is_ready, "the service")
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE api_tokens SET runs_a_day = 1000000, requests_a_minute = 1000000"))

    def stop(self) -> None:
        """End everything."""
        for each in self.started:
            kill_group(each)
        self.proxy.close()
        self.opened.close()
        self.redis.kill()
        self.postgresql.remove()
        self.log.close()

    def start_api(self) -> None:
        self.api = self._start("serve", str(self.port), str(self.folder))

    def start_worker(self, number: int) -> Process:
        """A worker; the first is one of another machine, as far as anybody can tell."""
        beyond = create_engine(self.postgresql.address).url.set(port=self.proxy.port)
        address = beyond.render_as_string(hide_password=False)
        host = ELSEWHERE if number == 0 else socket.gethostname()
        settings = {"BRAINRANK_DATABASE_URL": address, "FIRE_HOST": host}
        return self._start("worker", str(self.folder), **settings, FIRE_QUEUES=self.queues[number % len(self.queues)])

    def replace(self, worker: Process) -> None:
        """Start another worker in a dead one's place."""
        number = self.workers.index(worker)
        self.workers[number] = self.start_worker(number)

    def is_ready(self) -> bool:
        try:
            return self.client.health().status == "ok"
        except ServiceError:
            return False

    def ask(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of the database, tried again while it is away."""
        while True:
            with suppress(DBAPIError), self.engine.connect() as connection:
                return [dict(row) for row in connection.execute(text(query), values).mappings()]
            time.sleep(0.1)

    def busy(self, *numbers: int) -> tuple[int, Process, int]:
        """A run at work, the worker that has it (one of those numbered), and the process of that worker's that does.

        Another is submitted whenever all are done: others may do them all while a worker wanted still begins.
        """
        wanted = [self.workers[number] for number in numbers] or self.workers
        found = list[tuple[int, Process, int]]()

        def look() -> bool:
            for row in self.ask("SELECT id, lease_owner FROM runs WHERE status IN ('extracting', 'scoring')"):
                holder = int(row["lease_owner"].split(":")[1])
                found.extend((row["id"], each, holder) for each in wanted if holder in descendants(each.pid))
            if not found and not self.ask("SELECT id FROM runs WHERE finished_at IS NULL"):
                self.client.submit(self.model, idempotency_key=f"work-{time.monotonic_ns()}")
            return bool(found)

        wait_until(look, "a run at work")
        return found[0]

    def _start(self, *words: str, **environment: str) -> Process:
        path = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
        settings = self.environment | environment | path
        started = start(program.__file__, *words, environment=settings, folder=self.folder, log=self.log)
        self.started.append(started)
        return started


@contextmanager
def deployed(folder: Path, **settings: Any) -> Iterator[Deployment]:
    """A deployment while the context lasts."""
    made = Deployment(folder, **settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def descendants(pid: int) -> set[int]:
    try:
        return {each.pid for each in psutil.Process(pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()
