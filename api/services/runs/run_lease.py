"""Holding a run while working on it: a lease that is renewed, and a reporter that writes into the run's record."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from brainrank.api.repositories import clock, queue
from brainrank.api.repositories.queue import Lease
from brainrank.api.repositories.statuses import Status
from brainrank.api.services.runs.failures import TimeLimitError
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.activations.blobs import process_is_alive
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.reporter import Holder
from brainrank.benchmark.types.text import without_places

# Of a lease's length: three renewals may fail before it runs out.
RENEWED_EVERY = 0.25
# At least as often, since it is when a worker hears that its run is to be stopped.
HEARD_EVERY_S = 2.0
# Progress is for people: a database need not hear of every batch.
TOLD_EVERY_S = 0.5
# Who waits longer than this for what another worker computes lets other runs go first; asked for as often.
PATIENCE_S = 2.0
# What the science calls its stages; other words of it, such as the unpacking of images, leave a run's status as it is.
STATUS_OF_STAGE = {
    "extracting": Status.EXTRACTING,
    "Gram matrices": Status.EXTRACTING,
    "fitting a readout": Status.SCORING,
    "scoring": Status.SCORING,
}


class LeaseLostError(Exception):
    """Another worker has the run now; what this one does for it is dropped."""


class CancelledError(Exception):
    """The submitter asked for the run to be stopped."""


def never() -> bool:
    """Whether a worker is to stop that nobody stops."""
    return False


class StoppingError(Exception):
    """The worker was told to stop; its run is another's to do."""


class ComputedElsewhereError(Exception):
    """Another worker computes for its run, whose number this is, what this run needs."""

    def __init__(self, run_id: int) -> None:
        super().__init__(run_id)
        self.run_id = run_id


class RunLease:
    """One worker's hold on a run; `check` raises once it is lost, run or worker are to stop, or the time is over."""

    def __init__(
        self,
        begin: OpenSession,
        run_id: int,
        owner: str,
        *,
        lease_s: float,
        run_limit_s: float,
        stopping: Callable[[], bool] = never,
    ) -> None:
        self.begin, self.run_id, self.owner, self.lease_s = begin, run_id, owner, lease_s
        self._stopping = stopping
        self.run_limit_s, self._ends = run_limit_s, time.monotonic() + run_limit_s
        self._lost = self._cancelled = False

    def lease(self, now: datetime) -> Lease:
        """The lease as it would be if it were renewed now."""
        return Lease(self.owner, now + timedelta(seconds=self.lease_s))

    def spend(self, seconds: float) -> None:
        """Count what the run took already, elsewhere, towards what it may take."""
        self._ends -= seconds

    def renew(self) -> None:
        """Renew the lease, and hear whether the run is to be stopped."""
        with self.begin() as session:
            self.note_answer(queue.renew(session, self.run_id, self.lease(clock.now(session))))

    def note_answer(self, cancel_requested: bool | None) -> None:
        """Remember what a change of the run's record answered."""
        self._lost = self._lost or cancel_requested is None
        self._cancelled = self._cancelled or bool(cancel_requested)

    def check(self) -> None:
        """Raise LeaseLostError, CancelledError, StoppingError or TimeLimitError where the work has to stop."""
        if self._lost:
            raise LeaseLostError(self.run_id)
        if self._cancelled:
            raise CancelledError(self.run_id)
        if self._stopping():
            raise StoppingError(self.run_id)
        if time.monotonic() > self._ends:
            raise TimeLimitError(f"The run was stopped after {self.run_limit_s:.0f} s, the most a run may take here")


def new_owner() -> str:
    """Who holds a lease: host, process and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def host_of(owner: str) -> str:
    """The host of who holds a lease."""
    return owner.rsplit(":", 2)[0]


def is_gone(owner: str) -> bool:
    """Whether this is a process of this host that has ended: nobody need wait until its lease runs out."""
    host, process, _ = owner.rsplit(":", 2)
    return host == socket.gethostname() and not process_is_alive(int(process))


@contextmanager
def keep_renewing(renew: Callable[[], None], *, lease_s: float) -> Iterator[None]:
    """Renew a lease in a thread while the context lasts."""
    done, every_s = threading.Event(), min(lease_s * RENEWED_EVERY, HEARD_EVERY_S)

    def keep() -> None:
        while not done.wait(every_s):
            try:
                renew()
            except StorageError:
                continue  # the next one may get through; if none does, the lease runs out and another worker begins

    heart = threading.Thread(target=keep, name="lease", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()


NOBODY = Holder(None, None)


class RunReporter:
    """A Reporter that writes stages, progress and messages into a run's record, and stops the work when it must."""

    def __init__(self, hold: RunLease) -> None:
        self._hold = hold
        self._status, self._told, self._stage = Status.RESOLVING, 0.0, ""
        self._holder, self._asked = NOBODY, 0.0

    def message(self, text: str) -> None:
        """Add a line to the run's log."""
        self._hold.check()
        with self._hold.begin() as session:
            queue.add_event(session, self._hold.run_id, queue.MESSAGE, without_places(text), now=clock.now(session))

    def waiting(self, holder: Holder) -> None:
        """Wait for a moment; then raise ComputedElsewhereError if the holder works on a run of this service."""
        self._hold.check()
        now = time.monotonic()
        if holder != self._holder:
            self._holder, self._asked = holder, now
        if now - self._asked < PATIENCE_S:
            return
        self._asked = now
        with self._hold.begin() as session:
            computing = queue.find_extracting(session, f"{holder.host}:{holder.process}")
        if computing not in (None, self._hold.run_id):
            raise ComputedElsewhereError(computing)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show how far the run is, at most twice a second, and enter the stage it came to."""
        self._hold.check()
        status = STATUS_OF_STAGE.get(stage, self._status)
        now = time.monotonic()
        if stage == self._stage and status == self._status and now - self._told < TOLD_EVERY_S:
            return
        with self._hold.begin() as session:
            if status != self._status:
                queue.came_to(session, [self._hold.run_id], status, now=clock.now(session))
            shown = {"stage": stage, "done": done, "total": total}
            self._hold.note_answer(
                queue.show_progress(session, self._hold.run_id, self._hold.owner, status=status, progress=shown)
            )
        self._status, self._told, self._stage = status, now, stage
        self._hold.check()
