"""Work on runs: claim one, score it by the single scoring path, and record what came out, whatever came out."""

import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from brainrank.api.repositories import parts, queue
from brainrank.api.repositories.queue import ClaimedRun, WaitingRun
from brainrank.api.services.begin import Begin
from brainrank.api.services.failures import TimeLimitError, WorkersLostError, can_pass
from brainrank.api.services.holding import (
    CancelledError,
    Hold,
    LeaseLostError,
    RunReporter,
    StoppingError,
    held,
    is_gone,
    new_owner,
)
from brainrank.api.services.own_data import catalogue_of
from brainrank.api.services.parts import Claims, Sharing, nobody
from brainrank.api.services.workshop import Workshop
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.code_version import code_version
from brainrank.benchmark.metrics.encoding.metric import EncodingMetric
from brainrank.benchmark.run import run
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score

MOST_ATTEMPTS = 4
FIRST_WAIT_S, WAIT_GROWS = 30.0, 4.0


def perform(run_id: int, workshop: Workshop, *, ask: Callable[[int], None] = nobody) -> None:
    """Work on a run if it is there to be had; `ask` tells as many other workers that it has parts for them.

    Nothing is raised for what the submission causes: it is in the run's record, and a fault that can pass puts the run
    back for later. A second call for the same run changes nothing, whatever became of the first.
    """
    begin = workshop.machine.begin
    hold = Hold(
        begin,
        run_id,
        new_owner(),
        lease_s=workshop.lease_s,
        run_limit_s=workshop.run_limit_s,
        stopping=workshop.stopping,
    )
    claimed = _claim(hold)
    if claimed is None:
        return
    try:
        with held(hold.renew, lease_s=hold.lease_s):
            _score(claimed, hold, workshop, ask)
    except LeaseLostError:
        return
    except CancelledError:
        with begin() as session:
            queue.cancelled(session, run_id, hold.owner, now=datetime.now(UTC))
    except StoppingError:
        now = datetime.now(UTC)
        with begin() as session:
            queue.put_back(session, run_id, hold.owner, due_at=now, now=now, tried=False)
    except Exception as error:  # noqa: BLE001 whatever it is belongs into the record of the run that met it
        # Whatever state the network is in, and its memory: perhaps that is what was short.
        if workshop.machine.cell is not None:
            workshop.machine.cell.leave()
        _record(error, claimed, hold)


def help_with(run_id: int, workshop: Workshop) -> None:
    """Work on the parts of a run that another worker holds, as long as there are any; twice does no harm.

    A fault is said in the run's log, and the part left to the others: the run's own worker will meet it, too.
    """
    begin = workshop.machine.begin
    with begin() as session:
        shared = parts.shared(session, run_id)
    if shared is None:
        return
    try:
        code_version = workshop.code_version(shared)
    except Exception as error:  # noqa: BLE001 as above
        _say_no_help(error, run_id, begin)
        return
    claims, examine = Claims(begin, run_id, new_owner(), workshop.lease_s, code_version), workshop.examiner(run_id)
    while (taken := claims.take()) is not None:
        try:
            done = claims.work(taken.part, partial(examine, taken))
        except Exception as error:  # noqa: BLE001 as above
            _say_no_help(error, run_id, begin)
            done = False
        if not done:
            claims.release(taken.part)
            return


def _say_no_help(error: Exception, run_id: int, begin: Begin) -> None:
    text = f"Another worker could not help: {type(error).__name__}: {error}"
    with begin() as session:
        queue.add_event(session, run_id, queue.MESSAGE, text, now=datetime.now(UTC))


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
        if is_gone(owner):
            queue.expire(session, run_id, owner, now=now)


def _score(claimed: ClaimedRun, hold: Hold, workshop: Workshop, ask: Callable[[int], None]) -> None:
    machine = workshop.machine
    if claimed.attempts > MOST_ATTEMPTS:
        raise WorkersLostError(f"The run was begun {MOST_ATTEMPTS} times, and not once did its worker live to its end")
    reporter = RunReporter(hold)
    reporter.message(f"Attempt {claimed.attempts} of {MOST_ATTEMPTS}, on {hold.owner.rsplit(':', 2)[0]}")
    catalogue = catalogue_of(claimed.run_id, machine, reporter)
    benchmark = catalogue.benchmark(claimed.benchmark)
    if benchmark.version != claimed.benchmark_version:
        raise UserError(
            f"{benchmark.name} is at version {benchmark.version} by now, and the run asks for version "
            f"{claimed.benchmark_version}, whose numbers cannot be had any more; submit the model again"
        )
    region = workshop.region(benchmark, reporter, catalogue)
    result = run(
        claimed.spec,
        benchmark,
        region,
        locations=machine.locations,
        device=machine.device,
        reporter=reporter,
        extraction=machine.extraction,
        resolve=machine.resolver(region, hold.check),
        score=_shared(claimed, hold, workshop, benchmark, ask, reporter),
    )
    with machine.begin() as session:
        queue.succeed(session, claimed.run_id, hold.owner, result, now=datetime.now(UTC))


def _shared(
    claimed: ClaimedRun,
    hold: Hold,
    workshop: Workshop,
    benchmark: Benchmark,
    ask: Callable[[int], None],
    reporter: Reporter,
) -> Callable[[Any, Any], Score] | None:
    """How an encoding is scored with others; other metrics have no parts, and score by themselves."""
    metric = benchmark.metric
    if not isinstance(metric, EncodingMetric):
        return None
    claims = Claims(hold.begin, claimed.run_id, hold.owner, hold.lease_s, code_version(claimed.spec, benchmark))
    return partial(metric.score, examine=Sharing(claims, metric, workshop.part_size, ask, reporter).examine)


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
