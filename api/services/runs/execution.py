"""Work on runs: claim one, score it by the single scoring path, and record what came out, whatever came out."""

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import clock, queue
from brainrank.api.repositories.queue import ClaimedRun, Lease
from brainrank.api.services.runs.failures import TimeLimitError, WorkersLostError, can_pass, kind_of, message_of
from brainrank.api.services.runs.hand_over import HandedOverError, handing_over, store_name, told
from brainrank.api.services.runs.recovery import expire_dead
from brainrank.api.services.runs.run_lease import (
    CancelledError,
    ComputedElsewhereError,
    LeaseLostError,
    RunLease,
    RunReporter,
    StoppingError,
    host_of,
    keep_renewing,
    new_owner,
)
from brainrank.api.services.runs.shared_encoding import Claims, Sharing, nobody
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.submissions.uploaded_benchmarks import catalogue_of
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.code_version import code_version
from brainrank.benchmark.scoring.extracted_record import EvidenceGoneError, read_record
from brainrank.benchmark.scoring.run import Extracted, no_matter, run
from brainrank.benchmark.scoring.scoring_device import scoring_device
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Content
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import Score
from brainrank.benchmark.types.text import without_places
from brainrank.datasets.dataset import LoadedRegion

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 4
FIRST_WAIT_S, WAIT_GROWS = 30.0, 4.0
# Whatever becomes of the run that another waits behind; it is due as soon as that one has extracted.
LONGEST_BEHIND_S = 600.0


def silence(_queue: str) -> None:
    """Tell nobody: the next sweep does."""


def execute_oldest(
    queue_name: str,
    context: WorkerContext,
    *,
    ask: Callable[[int, int], None],
    wake: Callable[[str], None] = silence,
) -> None:
    """Work on the run that has waited longest of those in a queue and can go on, if there is one.

    `ask` is told of the run, and how many other workers it has parts for; `wake` of the queue that a run was handed
    over to. Errors as `execute`.
    """
    while (claimed := _claim_oldest(queue_name, context)) is not None:
        if _execute(claimed, context, partial(ask, claimed.run.run_id), wake):
            return


class _Claimed(NamedTuple):
    """A run, and who holds it from now on."""

    run: ClaimedRun
    owner: str


def _claim_oldest(queue_name: str, context: WorkerContext) -> _Claimed | None:
    while True:
        with context.machine.begin() as session:
            expire_dead(session)
            run_id = queue.oldest(session, queue_name, now=clock.now(session))
            claimed = None if run_id is None else _claim(session, run_id, context)
        if run_id is None or claimed is not None:
            return claimed  # SQLite has no locks: another may have been as quick


def execute(
    run_id: int,
    context: WorkerContext,
    *,
    ask: Callable[[int], None] = nobody,
    wake: Callable[[str], None] = silence,
) -> bool:
    """Work on a run if it is there to be had, and return whether it was, and did not have to wait for another.

    `ask` tells as many other workers that it has parts for them, `wake` a queue that there is a run for it.

    Nothing is raised for what the submission causes: it is in the run's record, and a fault that can pass puts the run
    back for later. A second call for the same run changes nothing, whatever became of the first.
    """
    with context.machine.begin() as session:
        expire_dead(session)
        claimed = _claim(session, run_id, context)
    return claimed is not None and _execute(claimed, context, ask, wake)


def _execute(
    claimed: _Claimed, context: WorkerContext, ask: Callable[[int], None], wake: Callable[[str], None]
) -> bool:
    """Work on a run that is this worker's; return whether it did not have to wait for another."""
    begin, run_id = context.machine.begin, claimed.run.run_id
    hold = RunLease(
        begin,
        run_id,
        claimed.owner,
        lease_s=context.lease_s,
        run_limit_s=context.run_limit_s,
        stopping=context.stopping,
    )
    try:
        with keep_renewing(hold.renew, lease_s=hold.lease_s):
            _score(claimed.run, hold, context, ask)
    except LeaseLostError:
        pass  # whoever has the run now records what comes out
    except CancelledError:
        with begin() as session:
            queue.record_cancelled(session, run_id, hold.owner, now=clock.now(session))
    except HandedOverError as handed_over:
        _hand_over(handed_over.record, hold)
        wake(queue.CPU)
    except ComputedElsewhereError as elsewhere:
        _wait_behind(elsewhere.run_id, hold)
        return False
    except StoppingError:
        with begin() as session:
            now = clock.now(session)
            queue.put_back(session, run_id, hold.owner, due_at=now, now=now, tried=False)
    except Exception as error:  # noqa: BLE001 whatever it is belongs into the record of the run that met it
        # Whatever state the network is in, and its memory: perhaps that is what was short.
        if context.machine.cell is not None:
            context.machine.cell.leave()
        _record(error, claimed.run, hold)
    return True


def _hand_over(record: Mapping[str, Any], hold: RunLease) -> None:
    with hold.begin() as session:
        now = clock.now(session)
        if queue.hand_over(session, hold.run_id, hold.owner, record, now=now):
            queue.add_event(session, hold.run_id, queue.MESSAGE, told(record, host_of(hold.owner)), now=now)


def _wait_behind(computing: int, hold: RunLease) -> None:
    with hold.begin() as session:
        now = clock.now(session)
        longest = timedelta(seconds=LONGEST_BEHIND_S)
        if queue.wait_behind(session, hold.run_id, hold.owner, computing, at_most=longest, now=now):
            text = f"Run {computing} extracts what this one needs; it waits for that, and lets others go first"
            queue.add_event(session, hold.run_id, queue.MESSAGE, text, now=now)


def _claim(session: Session, run_id: int, context: WorkerContext) -> _Claimed | None:
    """Take the run, if it is there to be had."""
    now, owner = clock.now(session), new_owner()
    run = queue.claim(session, run_id, Lease(owner, now + timedelta(seconds=context.lease_s)), now=now)
    return None if run is None else _Claimed(run, owner)


def _score(claimed: ClaimedRun, hold: RunLease, context: WorkerContext, ask: Callable[[int], None]) -> None:
    machine = context.machine
    if claimed.attempts > MOST_ATTEMPTS:
        raise WorkersLostError(f"The run was begun {MOST_ATTEMPTS} times, and not once did its worker live to its end")
    reporter = RunReporter(hold)
    reporter.message(f"Attempt {claimed.attempts} of {MOST_ATTEMPTS}, on {host_of(hold.owner)}")
    catalogue = catalogue_of(claimed.run_id, machine, reporter)
    benchmark = catalogue.benchmark(claimed.benchmark)
    if benchmark.version != claimed.benchmark_version:
        raise UserError(
            f"{benchmark.name} is at version {benchmark.version} by now, and the run asks for version "
            f"{claimed.benchmark_version}, whose numbers cannot be had any more; submit the model again"
        )
    region = context.region(benchmark, reporter, catalogue)
    result = run(
        claimed.spec,
        benchmark,
        region,
        locations=machine.locations,
        device=machine.device,
        reporter=reporter,
        extraction=machine.extraction,
        resolve=machine.resolver(region, hold.check),
        score=_shared_scoring(claimed, hold, context, benchmark, ask, reporter),
        extracted=_extracted_before(claimed, hold, context, benchmark, len(region.stimuli)),
        after_extraction=_after_extraction(claimed, hold, context, benchmark, region),
    )
    with machine.begin() as session:
        queue.succeed(session, claimed.run_id, hold.owner, result, now=clock.now(session))


def _extracted_before(
    claimed: ClaimedRun, hold: RunLease, context: WorkerContext, benchmark: Benchmark, n_stimuli: int
) -> Extracted | None:
    """What another worker extracted for this one to score, which counts towards the time that a run may take."""
    if claimed.extracted is None:
        return None
    extracted = read_record(
        claimed.extracted,
        benchmark.metric.evidence,
        n_stimuli,
        code_version=code_version(claimed.spec, benchmark),
        locations=context.machine.locations,
        extraction=context.machine.extraction,
    )
    hold.spend(extracted.seconds)
    return extracted


def _after_extraction(
    claimed: ClaimedRun, hold: RunLease, context: WorkerContext, benchmark: Benchmark, region: LoadedRegion
) -> Callable[[Extracted], None]:
    """What raises HandedOverError where this worker leaves the run to be scored by another.

    What it scores on its card itself is not handed over.
    """
    if not context.hands_over:
        return no_matter
    store = store_name(context.machine.extraction, context.machine.locations)
    hand_over = handing_over(hold.begin, claimed, store, code_version(claimed.spec, benchmark))

    def after_extraction(extracted: Extracted) -> None:
        if scoring_device(benchmark.metric, region, context.machine.device) is None:
            hand_over(extracted)

    return after_extraction


def _shared_scoring(
    claimed: ClaimedRun,
    hold: RunLease,
    context: WorkerContext,
    benchmark: Benchmark,
    ask: Callable[[int], None],
    reporter: Reporter,
) -> Callable[[Content, Assembly], Score] | None:
    """How a score is made with others; None for a metric that has no parts, and scores by itself."""
    shared = benchmark.metric.shared
    if shared is None:
        return None
    claims = Claims(hold.begin, claimed.run_id, hold.owner, hold.lease_s, code_version(claimed.spec, benchmark))
    return partial(shared.score_examined, examine=Sharing(claims, shared, context.part_size, ask, reporter).examine)


def _record(error: Exception, claimed: ClaimedRun, hold: RunLease) -> None:
    name = kind_of(error)
    log.warning("Run %s failed", claimed.run_id, exc_info=error)
    with hold.begin() as session:
        now = clock.now(session)
        if not isinstance(error, BrainrankError | WorkersLostError | TimeLimitError):
            text = without_places("".join(traceback.format_exception(error)))
            queue.add_event(session, claimed.run_id, queue.TRACEBACK, text, now=now)
        if not can_pass(error) or claimed.attempts >= MOST_ATTEMPTS:
            queue.fail(session, claimed.run_id, hold.owner, error_class=name, error=message_of(error), now=now)
            return
        wait_s = FIRST_WAIT_S * WAIT_GROWS ** (claimed.attempts - 1)
        text = f"{name}: {message_of(error)}\nThis can pass; it is tried again in {wait_s:.0f} s"
        queue.add_event(session, claimed.run_id, queue.MESSAGE, text, now=now)
        again = queue.hand_back if isinstance(error, EvidenceGoneError) else queue.put_back
        again(session, claimed.run_id, hold.owner, due_at=now + timedelta(seconds=wait_s), now=now)
