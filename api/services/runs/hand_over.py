"""Handing over: what the queue gpu extracted, the queue cpu scores, where somebody listens who has the same store.

A worker that listens to both queues hands nothing over; nor does one whose run was begun before.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from brainrank.api.repositories import clock, listening, queue
from brainrank.api.repositories.queue import CPU, GPU, ClaimedRun
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.activations.blobs import Blobs
from brainrank.benchmark.scoring.extracted_record import record_of
from brainrank.benchmark.scoring.run import Extracted
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.locations import Locations

SAID_EVERY_S, HEARD_WITHIN_S = 10.0, 45.0
STORE_NAME, NAMED_WITHIN_S = "store-name", 1.0


class HandedOverError(Exception):
    """The run's evidence is in the store, and is for another worker to score."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        super().__init__(record)
        self.record = record


def store_name(extraction: Extraction, locations: Locations) -> str:
    """What the store is known by to all who share it: its URL; a folder, whatever each calls it, by a file in it.

    Raises StorageError when that cannot be read or written.
    """
    address = extraction.store_url or str(locations.activations)
    return address.rstrip("/") if "://" in address else _name_in(address)


@cache
def _name_in(folder: str | Path) -> str:
    blobs = Blobs(folder)
    blobs.create(STORE_NAME, secrets.token_hex(16).encode())
    end = time.monotonic() + NAMED_WITHIN_S
    while not (name := blobs.read(STORE_NAME)):  # another process has made it, and is about to write it
        if time.monotonic() > end:
            raise StorageError(f"{Path(folder) / STORE_NAME} is empty; remove it")
        time.sleep(0.01)
    return name.decode()


def say_listening(begin: OpenSession, queues: Sequence[str], store: str) -> None:
    """Say that a worker with this store listens to these queues."""
    with begin() as session:
        now = clock.now(session)
        for name in queues:
            listening.say(session, name, store, every=timedelta(seconds=SAID_EVERY_S), now=now)


def recall_unheard(session: Session, *, now: datetime) -> None:
    """Let the queue gpu score what it handed over, where nobody has been heard for a while who listens to cpu."""
    if not listening.is_heard(session, CPU, None, since=_since(now)):
        queue.recall(session)


def handing_over(begin: OpenSession, claimed: ClaimedRun, store: str, code_version: str) -> Callable[[Extracted], None]:
    """What raises HandedOverError once a run's evidence is there, if another worker can score it from this store."""

    def after_extraction(extracted: Extracted) -> None:
        record = record_of(extracted, code_version=code_version)
        if record is None or claimed.queue != GPU or claimed.attempts > 1:
            return
        with begin() as session:
            heard = listening.is_heard(session, CPU, store, since=_since(clock.now(session)))
        if heard:
            raise HandedOverError(record)

    return after_extraction


def told(record: Mapping[str, Any], host: str) -> str:
    """What a run's log says of its being handed over."""
    return (
        f"{len(record['layers'])} layers are in the store, extracted on {host} ({record['device']}) in "
        f"{record['seconds']:.1f} s; a worker of the queue {CPU} scores them"
    )


def _since(now: datetime) -> datetime:
    return now - timedelta(seconds=HEARD_WITHIN_S)
