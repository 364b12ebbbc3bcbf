"""Leases: of several processes that want the same thing computed, one computes it and the others wait."""

import json
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from brainrank.benchmark.activations.blobs import Blobs, process_is_alive
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.reporter import Holder

BEAT_S = 5.0
# Six missed beats; a busy object store may swallow one or two.
EXPIRES_S = 30.0
# Who waits looks first after this long, then each time after twice as long, up to so many seconds: few for a folder,
# where a look costs nothing, more for an object store, which counts requests.
FIRST_LOOK_S, LONGEST_LOOK_S, LONGEST_LOOK_AT_OBJECTS_S = 0.2, 0.5, 5.0
# Those who began to wait together look at different times in the end.
JITTER = 0.25
# Whether to go on waiting is asked more often than the store: a run that is cancelled ends at once.
ASKED_EVERY_S = 0.2


def no_matter(_holder: Holder) -> None:
    """Wait on."""


@contextmanager
def hold_lease(
    blobs: Blobs,
    name: str,
    *,
    waiting: Callable[[Holder], None] = no_matter,
    beat_s: float = BEAT_S,
    expires_s: float = EXPIRES_S,
) -> Iterator[None]:
    """Hold the lease `name` while the context lasts; until it is free, wait, and call `waiting` several times a second.

    It is told who holds the lease, and what it raises ends the wait.

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


def _acquire(blobs: Blobs, name: str, beat: bytes, *, waiting: Callable[[Holder], None], expires_s: float) -> None:
    """Create the blob; a look at that of another is one request, and only where there is none is creating tried."""
    seen, since, pauses = b"", time.monotonic(), _pauses(LONGEST_LOOK_S if blobs.folder else LONGEST_LOOK_AT_OBJECTS_S)
    while not blobs.create(name, beat):
        while (held := blobs.read(name)) is not None:
            if held != seen:
                seen, since = held, time.monotonic()
            if _owner_is_dead(held) or time.monotonic() - since > expires_s:
                if blobs.read(name) == held:
                    blobs.remove(name)
                break
            _sleep(next(pauses), partial(waiting, _holder(held)))


def _pauses(longest_s: float) -> Iterator[float]:
    """Seconds between looks: each twice the last up to `longest_s`, somewhat longer or shorter than that by chance."""
    pause_s = FIRST_LOOK_S
    while True:
        yield pause_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 no secret, and no number that is reported
        pause_s = min(2 * pause_s, longest_s)


def _sleep(seconds: float, waiting: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    waiting()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, ASKED_EVERY_S))
        waiting()


def _beat(owner: dict[str, object]) -> bytes:
    return json.dumps({**owner, "beat": secrets.token_hex(4)}).encode()


def _token(held: bytes | None) -> object:
    return _parse(held).get("token")


def _holder(held: bytes) -> Holder:
    owner = _parse(held)
    host, process = owner.get("host"), owner.get("process")
    return Holder(host if isinstance(host, str) else None, process if isinstance(process, int) else None)


def _owner_is_dead(held: bytes) -> bool:
    """Whether the owner ran on this machine and is gone; of another machine's nothing is known but its beats."""
    host, process = _holder(held)
    return host == socket.gethostname() and process is not None and not process_is_alive(process)


def _parse(held: bytes | None) -> dict[str, object]:
    try:
        found = json.loads(held or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
