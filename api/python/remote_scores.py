"""What a service says of runs, as the scores that `br.score` returns."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from brainrank.api.python.score_result import Score
from brainrank.api.python.scores_result import ScoreFailure, Scores
from brainrank.benchmark.types.errors import BrainrankError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainrank.api.client.client import Client
    from brainrank.api.course_json import CourseJson, LatencyJson
    from brainrank.api.repositories.runs import StoredRun
    from brainrank.api.schemas import RunAnswer, SubmissionAnswer
    from brainrank.api.score_json import CeilingJson, IntervalJson
    from brainrank.api.score_schemas import CurvesAnswer, RunPage
    from brainrank.benchmark.types.course import Course
    from brainrank.benchmark.types.score import Interval, NoiseCeiling, TargetScores


def scores_of(client: "Client", found: "SubmissionAnswer") -> Scores:
    """The scores of a submission's runs that have succeeded, and what failed."""
    done = [client.run(run.id) for run in found.runs if run.status == "succeeded"]
    scores = tuple(Score(_stored_run(client, page, page.score)) for page in done if page.score is not None)
    failed = (run for run in found.runs if run.status in {"failed", "cancelled"})
    return Scores(scores, tuple(ScoreFailure(found.model.name, run.benchmark, _error(run)) for run in failed))


def _error(run: "RunAnswer") -> BrainrankError:
    if run.failure is None:
        return BrainrankError(f"Run {run.id} is {run.status}; .retry() lets it wait again")
    return BrainrankError(f"{run.failure.message} {run.failure.remedy}".strip())


def _stored_run(client: "Client", page: "RunPage", answer: "CurvesAnswer") -> "StoredRun":
    from brainrank.api.repositories.runs import StoredRun
    from brainrank.benchmark.types.score import Detail, LayerScore, Score, SubjectScore

    score = Score(
        value=_number(answer.value),
        unit=answer.unit,
        interval=_interval(answer.interval),
        ceiling=_ceiling(answer.ceiling),
        layers=tuple(answer.layers),
        layer_curve=tuple(LayerScore(each.layer, _number(each.value), each.won) for each in answer.layer_curve),
        per_subject=tuple(SubjectScore(each.subject, _number(each.value)) for each in answer.subjects),
        per_target=_targets(client, page.run),
        details=tuple(Detail(each.name, _number(each.value), _number(each.people)) for each in answer.details),
        course=None if answer.course is None else _course(answer.course),
        reason=answer.reason,
    )
    return StoredRun(
        run_id=page.run,
        model=page.model,
        family=page.family,
        description="",
        benchmark=page.benchmark,
        benchmark_version=page.benchmark_version,
        finished_at=answer.finished_at,
        score=score,
        receipt=page.receipt or {},
        seconds=page.seconds or {},
    )


def _targets(client: "Client", run: int) -> "TargetScores | None":
    """The run's scores by target; None where its metric has none of them."""
    import numpy as np

    from brainrank.api.client.connection import RefusedByServiceError
    from brainrank.benchmark.types.score import TargetScores

    try:
        found = client.targets(run)
    except RefusedByServiceError as error:
        if error.problem.code != "not-found":
            raise
        return None
    return TargetScores(tuple(found), np.array([_number(each) for each in found.values()]))


def _course(answer: "CourseJson") -> "Course":
    """A course as it was told, without its deviations."""
    import numpy as np

    from brainrank.benchmark.types.course import Band, Course, Latency, StepDelay
    from brainrank.benchmark.types.score import Interval

    def numbers(given: Sequence[float | None]) -> "NDArray[np.float64]":
        return np.array([_number(each) for each in given])

    def courses(by_name: Mapping[str, Sequence[float | None]]) -> "NDArray[np.float64]":
        return np.array([numbers(each) for each in by_name.values()]).reshape(len(by_name), len(answer.times_ms))

    def latency(given: "LatencyJson") -> Latency:
        return Latency(_number(given.ms), Interval(_number(given.low), _number(given.high)), given.reason)

    layers, subjects = tuple(answer.by_layer), tuple(answer.by_subject)
    return Course(
        times_ms=np.array(answer.times_ms),
        values=numbers(answer.values),
        pointwise=Band(numbers(answer.pointwise.low), numbers(answer.pointwise.high)),
        simultaneous=Band(numbers(answer.simultaneous.low), numbers(answer.simultaneous.high)),
        above_chance=numbers(answer.above_chance),
        ceiling_lower=numbers(answer.ceiling_lower),
        ceiling_upper=numbers(answer.ceiling_upper),
        layers=layers,
        layer_values=courses(answer.by_layer),
        layer_peaks=tuple(map(latency, answer.layer_peaks.values())),
        step_delays=tuple(StepDelay(each.area, tuple(each.steps), latency(each.delay)) for each in answer.step_delays),
        chosen=np.array([[-1 if each is None else layers.index(each) for each in part] for part in answer.chosen]),
        subjects=subjects,
        subject_values=courses(answer.by_subject),
        onset=latency(answer.onset),
        peak=latency(answer.peak),
        window_ms=answer.window_ms,
        layer_choice=answer.layer_choice,
        deviations=None,
    )


def _interval(answer: "IntervalJson") -> "Interval":
    from brainrank.benchmark.types.score import Interval

    return Interval(_number(answer.low), _number(answer.high), answer.level)


def _ceiling(answer: "CeilingJson") -> "NoiseCeiling":
    from brainrank.benchmark.types.score import NoiseCeiling

    intervals = (None if each is None else _interval(each) for each in (answer.interval, answer.raw_interval))
    return NoiseCeiling(_number(answer.lower), _number(answer.upper), answer.reason, *intervals)


def _number(given: float | None) -> float:
    return math.nan if given is None else given
