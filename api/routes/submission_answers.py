"""The services' nouns as they go over the wire."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from brainrank.api.repositories.submissions import Event, RunState, Submission
from brainrank.api.schemas import (
    EstimateAnswer,
    EventAnswer,
    FailureAnswer,
    ModelAnswer,
    ProgressAnswer,
    RunAnswer,
    StageAnswer,
    SubmissionAnswer,
    UploadAnswer,
)
from brainrank.api.services.runs.estimates import Estimate
from brainrank.api.services.runs.failures import remedy
from brainrank.api.services.submissions.life_cycle import UPLOAD, is_finished
from brainrank.api.services.submissions.uploads import Upload

NOTHING: Mapping[str, Estimate] = MappingProxyType({})


def submission_answer(
    found: Submission, told: Mapping[str, Estimate] = NOTHING, *, without_files: Sequence[str] = ()
) -> SubmissionAnswer:
    """A submission with its runs, and what is told when it is made: of each benchmark's, and what is left out."""
    spec = found.spec
    return SubmissionAnswer(
        id=found.number,
        owner=found.owner,
        model=ModelAnswer(
            name=spec.name,
            family=spec.family,
            description=spec.description,
            source=spec.source,
            digest=spec.digest,
        ),
        visibility="public" if found.public else "private",
        note=found.note,
        created_at=found.created_at,
        finished=is_finished(found),
        runs=[_run(run, told.get(run.benchmark)) for run in found.runs],
        without_files=list(without_files),
    )


def _run(run: RunState, told: Estimate | None) -> RunAnswer:
    return RunAnswer(
        id=run.run_id,
        benchmark=run.benchmark,
        benchmark_version=run.benchmark_version,
        queue=run.queue,
        status=run.status,
        attempts=run.attempts,
        created_at=run.created_at,
        due_at=run.due_at,
        finished_at=run.finished_at,
        progress=None if run.progress is None else ProgressAnswer(**run.progress),
        stages=[StageAnswer(stage=stage, at=at) for stage, at in run.stages],
        failure=failure_answer(run.error_class, run.error),
        estimate=None
        if told is None
        else EstimateAnswer(seconds=told.seconds, memory=told.memory_bytes, basis=told.basis),
    )


def failure_answer(error_class: str | None, message: str | None) -> FailureAnswer | None:
    """Why a run failed, and what to do; None for one that did not."""
    if error_class is None:
        return None
    return FailureAnswer(kind=error_class, message=message or "", remedy=remedy(error_class))


def event_answer(event: Event) -> EventAnswer:
    """A line of a log."""
    return EventAnswer(id=event.number, run=event.run_id, at=event.at, kind=event.kind, text=event.text)


def upload_answer(upload: Upload) -> UploadAnswer:
    """An upload."""
    return UploadAnswer(
        id=upload.number,
        kind=upload.kind,
        sha256=upload.sha256,
        size=upload.size_bytes,
        received=upload.received,
        ready=upload.ready,
        source=f"{UPLOAD}:{upload.sha256}" if upload.kind.is_model else "",
        benchmarks=list(upload.benchmarks),
    )
