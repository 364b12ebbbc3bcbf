"""Work on runs: claim one, score it by the single scoring path, and record what came out, whatever came out."""

import os
import secrets
import socket
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from brainrank.api.repositories import queue
from brainrank.api.repositories.queue import ClaimedRun, WaitingRun
from brainrank.api.services.begin import Begin
from brainrank.api.services.failures import TimeLimitError, WorkersLostError, can_pass
from brainrank.api.services.holding import CancelledError, Hold, LeaseLostError, RunReporter, held
from brainrank.api.services.scoring import Machine
from brainrank.benchmark.activations.blobs import process_is_alive
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.run import run
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.dataset import LoadedRegion

MOST_ATTEMPTS = 4
FIRST_WAIT_S, WAIT_GROWS = 30.0, 4.0
MOST_WARM_REGIONS = 8


class Workshop:
    """The machine that runs are worked on, with the regions it has loaded: many runs in a row are on the same ones."""

    def __init__(self, machine: Machine, *, lease_s: float, run_limit_s: float) -> None:
        self.machine, self.lease_s, self.run_limit_s = machine, lease_s, run_limit_s
        self._warm: dict[str, LoadedRegion] = {}

    def region(self, benchmark: Benchmark, reporter: Reporter) -> LoadedRegion:
        """The benchmark's region; what was loaded first is let go of first."""
        if benchmark.name not in self._warm:
            found = self.machine.catalogue.load(benchmark, self.machine.locations, reporter)
            while len(self._warm) >= MOST_WARM_REGIONS:
                del self._warm[next(iter(self._warm))]
            self._warm[benchmark.name] = found
        return self._warm[benchmark.name]


def perform(run_id: int, workshop: Workshop) -> None:
    """Work on a run if it is there to be had.

    Nothing is raised for what the submission causes: it is in the run's record, and a fault that can pass puts the run
    back for later. A second call for the same run changes nothing, whatever became of the first.
    """
    begin = workshop.machine.begin
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    hold = Hold(begin, run_id, owner, lease_s=workshop.lease_s, run_limit_s=workshop.run_limit_s)
    claimed = _claim(hold)
    if claimed is None:
        return
    try:
        with held(hold):
            _score(claimed, hold, workshop)
    except LeaseLostError:
        return
    except CancelledError:
        with begin() as session:
            queue.cancelled(session, run_id, hold.owner, now=datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 whatever it is belongs into the record of the run that met it
        _record(error, claimed, hold)


def left_behind(begin: Begin, *, broker_is_empty: bool) -> Sequence[WaitingRun]:
    """The runs to signal for: those of dead workers, those to be tried again by now, and the rest where all is quiet.

    A run that waits while no signal is on its way has lost its own: the broker was away, or began anew.
    """
    now = datetime.now(UTC)
    with begin() as session:
        _expire_dead(session, now)
        queue.stop_left_behind(session, now=now)
        found = [*queue.left_behind(session, now=now), *queue.release(session, now=now)]
        return list(dict.fromkeys([*found, *(queue.waiting(session) if broker_is_empty else ())]))


def _claim(hold: Hold) -> ClaimedRun | None:
    """Take the run, if it is there to be had."""
    now = datetime.now(UTC)
    with hold.begin() as session:
        _expire_dead(session, now)
        return queue.claim(session, hold.run_id, hold.lease(), now=now)


def _expire_dead(session: Session, now: datetime) -> None:
    """End the leases of holders on this machine whose process is gone: nobody need wait until they run out."""
    for run_id, owner in queue.holders(session):
        if _is_gone(owner):
            queue.expire(session, run_id, owner, now=now)


def _is_gone(owner: str) -> bool:
    host, process, _ = owner.rsplit(":", 2)
    return host == socket.gethostname() and not process_is_alive(int(process))


def _score(claimed: ClaimedRun, hold: Hold, workshop: Workshop) -> None:
    machine = workshop.machine
    if claimed.attempts > MOST_ATTEMPTS:
        raise WorkersLostError(f"The run was begun {MOST_ATTEMPTS} times, and not once did its worker live to its end")
    reporter = RunReporter(hold)
    reporter.message(f"Attempt {claimed.attempts} of {MOST_ATTEMPTS}, on {hold.owner.rsplit(':', 2)[0]}")
    benchmark = machine.catalogue.benchmark(claimed.benchmark)
    if benchmark.version != claimed.benchmark_version:
        raise UserError(
            f"{benchmark.name} is at version {benchmark.version} by now, and the run asks for version "
            f"{claimed.benchmark_version}, whose numbers cannot be had any more; submit the model again"
        )
    result = run(
        claimed.spec,
        benchmark,
        workshop.region(benchmark, reporter),
        locations=machine.locations,
        device=machine.device,
        reporter=reporter,
        extraction=machine.extraction,
    )
    with machine.begin() as session:
        queue.succeed(session, claimed.run_id, hold.owner, result, now=datetime.now(UTC))


def _record(error: Exception, claimed: ClaimedRun, hold: Hold) -> None:
    now, name = datetime.now(UTC), type(error).__name__
    with hold.begin() as session:
        if not isinstance(error, BrainrankError | WorkersLostError | TimeLimitError):
            text = "".join(traceback.format_exception(error))
            queue.add_event(session, claimed.run_id, queue.TRACEBACK, text, now=now)
        if not can_pass(error) or claimed.attempts >= MOST_ATTEMPTS:
            queue.fail(session, claimed.run_id, hold.owner, error_class=name, error=str(error), now=now)
            return
        wait_s = FIRST_WAIT_S * WAIT_GROWS ** (claimed.attempts - 1)
        text = f"{name}: {error}\nThis can pass; it is tried again in {wait_s:.0f} s"
        queue.add_event(session, claimed.run_id, queue.MESSAGE, text, now=now)
        queue.put_back(session, claimed.run_id, hold.owner, due_at=now + timedelta(seconds=wait_s), now=now)
