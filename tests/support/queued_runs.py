"""Submitted runs in a database, as a worker and a submitter see them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from accepted import accepted
from sqlalchemy import text

from brainrank.api.repositories import clock, queue
from brainrank.api.repositories.queue import Lease
from brainrank.api.repositories.submissions import RunState, Submission
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.runs.recovery import sweep
from brainrank.api.services.runs.run_lease import RunLease
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel

ADA = Caller(1, "ada", Scope.SUBMIT, 1000, 1000)


class UndoneError(Exception):
    """Rolls a transaction back."""


class QueuedRuns(NamedTuple):
    begin: OpenSession
    context: WorkerContext

    def submit(self, model: str = "pixels", *, public: bool = True) -> Submission:
        wanted = Wanted(WantedModel(model), (), public, "", None, model)
        with self.begin() as session:
            return accepted(session, ADA, wanted, self.context.machine.catalogue)

    def now(self, made: Submission) -> list[RunState]:
        with self.begin() as session:
            return list(life_cycle.find(session, ADA, made.number).runs)

    def log(self, made: Submission) -> str:
        with self.begin() as session:
            return "\n".join(event.text for event in life_cycle.events(session, made))

    def count(self, table: str) -> int:
        with self.begin() as session:
            return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def claimable(self) -> list[int]:
        """What a sweep finds to be had, the oldest first."""
        found, seen = sweep(self.begin, [queue.CPU], every_s=0).claimable[queue.CPU], list[int]()
        with suppress(UndoneError), self.begin() as session:
            now, ids = clock.now(session), session.execute(text("SELECT id FROM runs ORDER BY id")).scalars().all()
            first, probe = queue.oldest(session, queue.CPU, now=now), Lease("probe:1:a", now + timedelta(seconds=60))
            seen += [run_id for run_id in ids if queue.claim(session, run_id, probe, now=now)]
            assert first == (seen[0] if seen else None)
            raise UndoneError
        assert len(seen) == found
        return seen

    def hold(self, run_id: int, owner: str = "elsewhere:1:a", lease_s: float = 60) -> RunLease:
        """Another worker's hold on a run."""
        hold = RunLease(self.begin, run_id, owner, lease_s=lease_s, run_limit_s=60)
        with self.begin() as session:
            assert queue.claim(session, run_id, hold.lease(datetime.now(UTC)), now=datetime.now(UTC)) is not None
        return hold
