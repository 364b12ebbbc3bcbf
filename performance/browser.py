"""A service on a home, and Chromium to look at it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from playwright.sync_api import Browser

from tests.support.chromium import CHROMIUM, MISSING, opened_browser

PORT = 8977
PROGRAM = "from brainrank.api.cli.main import main; main()"


@contextmanager
def serving(home: str) -> Iterator[str]:
    """The address of a service on the database of this home."""
    address = f"http://127.0.0.1:{PORT}"
    environment = {**os.environ, "BRAINRANK_HOME": home, "BRAINRANK_PUBLISHED_RESULTS": "no"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, "serve", "--port", str(PORT)], env=environment)
    try:
        _wait(f"{address}/healthz")
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        raise SystemExit(MISSING)
    with opened_browser() as opened:
        yield opened


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            if httpx2.get(address).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("The service does not answer")
