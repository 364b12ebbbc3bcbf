"""Leases: of several processes that want the same thing computed, one computes it and the others wait."""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from brainrank.benchmark.activations.blobs import Blobs, process_is_alive
from brainrank.benchmark.types.errors import StorageError

BEAT_S = 5.0
# Six missed beats; a busy object store may swallow one or two.
EXPIRES_S = 30.0
LOOK_S = 0.2


@contextmanager
def hold_lease(
    blobs: Blobs,
    name: str,
    *,
    waiting: Callable[[], None] = lambda: None,
    beat_s: float = BEAT_S,
    expires_s: float = EXPIRES_S,
) -> Iterator[None]:
    """Hold the lease `name` while the context lasts; until it is free, wait, and call `waiting` at every look.

    What `waiting` raises ends the wait.

    The lease is a blob that its owner writes anew every `beat_s`. An owner that is dead on this machine, or whose blob
    has not changed for `expires_s` of the waiter's own clock (clocks need not agree), has lost it. Should two waiters
    take it over at once, both compute: that costs time, never content, since entries are written whole.
    """
    owner = {"host": socket.gethostname(), "process": os.getpid(), "token": secrets.token_hex(8)}
    _acquire(blobs, name, _beat(owner), waiting=waiting, expires_s=expires_s)
    done = threading.Event()

    def keep() -> None:
        while not done.wait(beat_s):
            try:
                blobs.write(name, _beat(owner))
            except StorageError:
                continue  # the next beat may get through; at worst another process computes the same

    heart = threading.Thread(target=keep, name=f"lease {name}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()
        if _token(blobs.read(name)) == owner["token"]:
            blobs.remove(name)


def _acquire(blobs: Blobs, name: str, beat: bytes, *, waiting: Callable[[], None], expires_s: float) -> None:
    seen, since = b"", time.monotonic()
    while not blobs.create(name, beat):
        held = blobs.read(name)
        if held is None:
            continue
        if held != seen:
            seen, since = held, time.monotonic()
        if _owner_is_dead(held) or time.monotonic() - since > expires_s:
            if blobs.read(name) == held:
                blobs.remove(name)
            continue
        waiting()
        time.sleep(LOOK_S)


def _beat(owner: dict[str, object]) -> bytes:
    return json.dumps({**owner, "beat": secrets.token_hex(4)}).encode()


def _token(held: bytes | None) -> object:
    return _parse(held).get("token")


def _owner_is_dead(held: bytes) -> bool:
    """Whether the owner ran on this machine and is gone; of another machine's nothing is known but its beats."""
    owner = _parse(held)
    process = owner.get("process")
    return owner.get("host") == socket.gethostname() and isinstance(process, int) and not process_is_alive(process)


def _parse(held: bytes | None) -> dict[str, object]:
    try:
        found = json.loads(held or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
