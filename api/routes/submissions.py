"""/v1/submissions: ask for scores, watch them come about, stop them, show them."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Path, Query, status
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.repositories.statuses import FINISHED, Status
from brainrank.api.repositories.submissions import Event, Submission
from brainrank.api.routes.boundary import LARGEST_WHOLE, JsonRoute
from brainrank.api.routes.dependencies import TheCaller, TheService, Visitor
from brainrank.api.routes.service import Service
from brainrank.api.routes.submission_answers import event_answer, submission_answer
from brainrank.api.schemas import EventAnswer, SubmissionAnswer, SubmissionRequest, SubmissionsAnswer
from brainrank.api.services.access.tokens import Caller
from brainrank.api.services.submissions import life_cycle
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.model_spec import Preprocessing

LOOK_EVERY_S = 0.25
# A line that was committed late has a lower number than one told before.
LOOK_AGAIN_S = 10.0
AWAY_S = 1.0
Found = TypeVar("Found")
PAGE_LINES = 1000
# Longer than a transaction takes: lines get their numbers before they are committed, not always in the same order.
SETTLED = timedelta(seconds=10)
LARGEST_NUMBER = 2**31 - 1

router = APIRouter(route_class=JsonRoute, prefix="/v1/submissions", tags=["submissions"])
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="The submission's number.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[ -~]+$",
        description="Sent again, it makes nothing new.",
    ),
]


@router.post("", status_code=status.HTTP_202_ACCEPTED)
def submit(
    request: SubmissionRequest,
    service: TheService,
    caller: TheCaller,
    afterwards: BackgroundTasks,
    idempotency_key: Key = None,
) -> SubmissionAnswer:
    """Submit a model: one run per benchmark is recorded, and workers are told. Each run comes with an estimate.

    Of a group, and of all, the benchmarks whose files are here are meant; `without_files` tells the others. One that is
    named itself and whose files are not here is refused.
    """
    wanted = _wanted_submission(request, idempotency_key)
    with service.begin() as session:
        made, without_files = life_cycle.submit(session, caller, wanted, service.catalogue, at_hand=service.is_at_hand)
        benchmarks = {run.benchmark: run.benchmark_version for run in made.runs}
        told = service.estimates.of(session, made.spec, benchmarks)
    afterwards.add_task(service.signal, _waiting(made))  # what is recorded is not lost, whoever hears of it when
    return submission_answer(made, told, without_files=[each.name for each in without_files])


@router.get("")
def list_submissions(
    service: TheService,
    visitor: Visitor,
    *,
    mine: Annotated[bool, Query(description="Only those of the token's owner.")] = False,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_NUMBER, description="Submissions numbered below it.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> SubmissionsAnswer:
    """List submissions, the newest first: the public ones, and with a token one's own."""
    with service.begin() as session:
        found = life_cycle.newest(session, visitor, mine=mine, before=before, limit=limit)
    answers = [submission_answer(each) for each in found]
    return SubmissionsAnswer(submissions=answers, before=answers[-1].id if len(answers) == limit else None)


@router.get("/{number}")
def get_submission(number: Number, service: TheService, visitor: Visitor) -> SubmissionAnswer:
    """Show a submission and where its runs are."""
    return submission_answer(_find(service, visitor, number))


class Lines:
    """Which lines of a log were told, and after which one to look for more: late ones may have lower numbers."""

    def __init__(self, after: int) -> None:
        self.after = after
        self._told: set[int] = set()

    def new(self, found: Sequence[Event]) -> list[Event]:
        """Those of the lines after `after` that were not told yet."""
        new = [event for event in found if event.number not in self._told]
        settled = datetime.now(UTC) - SETTLED
        self.after = max((event.number for event in found if event.at < settled), default=self.after)
        self._told = {number for number in self._told if number > self.after} | {event.number for event in new}
        return new


def find_watched(number: Number, service: TheService, visitor: Visitor) -> Submission:
    """The submission whose events are asked for; found before the answer begins, so that a refusal is one."""
    return _find(service, visitor, number)


@router.get("/{number}/events", response_class=EventSourceResponse)
async def stream_events(
    watched: Annotated[Submission, Depends(find_watched)],
    service: TheService,
    visitor: Visitor,
    last_event_id: Annotated[int, Header(ge=0, le=LARGEST_WHOLE, description="The last line that was received.")] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Stream stages, messages and progress until every run is finished, then the submission, and end.

    After a broken connection, `Last-Event-ID` goes on where it was.
    """
    lines, told = Lines(last_event_id), ""
    async for found in _changes(service, visitor, watched):
        new = lines.new(await _patiently(_events, service, found, lines.after))
        for event in new:
            yield ServerSentEvent(event=event.kind, id=str(event.number), data=event_answer(event))
        progress = {str(run.run_id): run.progress for run in found.runs if run.progress}
        if progress and str(progress) != told:
            told = str(progress)
            yield ServerSentEvent(event="progress", data=progress)
        if not new and life_cycle.is_finished(found):
            yield ServerSentEvent(event="finished", data=submission_answer(found))
            return


async def _changes(service: Service, visitor: Caller | None, watched: Submission) -> AsyncIterator[Submission]:
    """The submission, again whenever there is something new about it, and now and then in any case."""
    runs, seen, looked = [run.run_id for run in watched.runs], None, -math.inf
    with service.watches.watching(runs):
        while True:
            marks = service.watches.marks(runs)
            finished = seen is not None and all(mark is not None and mark.status in FINISHED for mark in marks)
            if marks != seen or finished or time.monotonic() - looked > LOOK_AGAIN_S:
                found = await _patiently(_find, service, visitor, watched.number)
                seen, looked = marks, time.monotonic()
                yield found
            await asyncio.sleep(LOOK_EVERY_S)
            if service.watches.is_due():
                await _patiently(service.watches.look)


async def _patiently(what: Callable[..., Found], *given: Any) -> Found:
    """Do it in a thread, again and again while the database is away: a stream need not end for that."""
    while True:
        try:
            return await run_in_threadpool(what, *given)
        except StorageError:
            await asyncio.sleep(AWAY_S)


@router.get("/{number}/log")
def get_log(
    number: Number,
    service: TheService,
    visitor: Visitor,
    after: Annotated[int, Query(ge=0, le=LARGEST_WHOLE, description="The line before the first.")] = 0,
) -> list[EventAnswer]:
    """Show the logs of a submission's runs, 1,000 lines at a time, from the one after `after`."""
    found = _find(service, visitor, number)
    return [event_answer(event) for event in _events(service, found, after, limit=PAGE_LINES)]


@router.post("/{number}/cancel")
def cancel(number: Number, service: TheService, caller: TheCaller) -> SubmissionAnswer:
    """Stop the runs that wait at once, and those at work at their next step."""
    with service.begin() as session:
        return submission_answer(life_cycle.cancel(session, caller, number))


@router.post("/{number}/retry", status_code=status.HTTP_202_ACCEPTED)
def retry(number: Number, service: TheService, caller: TheCaller, afterwards: BackgroundTasks) -> SubmissionAnswer:
    """Let failed and cancelled runs wait again."""
    with service.begin() as session:
        found = life_cycle.retry(session, caller, number)
    afterwards.add_task(service.signal, _waiting(found))
    return submission_answer(found)


@router.post("/{number}/publish")
def publish(number: Number, service: TheService, caller: TheCaller) -> SubmissionAnswer:
    """Show a submission and its scores to everybody."""
    with service.begin() as session:
        return submission_answer(life_cycle.publish(session, caller, number, service.catalogue))


@router.post("/{number}/unpublish")
def unpublish(number: Number, service: TheService, caller: TheCaller) -> SubmissionAnswer:
    """Show a submission and its scores to its owner alone."""
    with service.begin() as session:
        return submission_answer(life_cycle.set_public(session, caller, number, public=False))


def _find(service: Service, visitor: Caller | None, number: int) -> Submission:
    with service.begin() as session:
        return life_cycle.find(session, visitor, number)


def _events(service: Service, found: Submission, after: int, *, limit: int | None = None) -> Sequence[Event]:
    with service.begin() as session:
        return life_cycle.events(session, found, after=after, limit=limit)


def _waiting(found: Submission) -> list[WaitingRun]:
    return [WaitingRun(run.run_id, run.queue) for run in found.runs if run.status == Status.QUEUED]


def _wanted_submission(request: SubmissionRequest, idempotency_key: str | None) -> Wanted:
    model = request.model
    settings = None if model.preprocessing is None else Preprocessing(**model.preprocessing.model_dump())
    return Wanted(
        model=WantedModel(
            name=model.name,
            source=model.source,
            family=model.family,
            description=model.description,
            preprocessing=settings,
            layers=tuple(model.layers),
            pooling=model.pooling,
        ),
        benchmarks=request.benchmarks,
        public=request.visibility == "public",
        note=request.note,
        idempotency_key=idempotency_key,
        text=request.model_dump_json(),
    )
