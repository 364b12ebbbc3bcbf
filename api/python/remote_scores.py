"""What a service says of runs, as the scores that `br.score` returns."""

import math
from typing import TYPE_CHECKING

from brainrank.api.python.score_result import Score
from brainrank.api.python.scores_result import ScoreFailure, Scores
from brainrank.benchmark.types.errors import BrainrankError

if TYPE_CHECKING:
    from brainrank.api.client.client import Client
    from brainrank.api.repositories.runs import StoredRun
    from brainrank.api.schemas import RunAnswer, SubmissionAnswer
    from brainrank.api.score_json import CeilingJson, IntervalJson
    from brainrank.api.score_schemas import CurvesAnswer, RunPage
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


def _interval(answer: "IntervalJson") -> "Interval":
    from brainrank.benchmark.types.score import Interval

    return Interval(_number(answer.low), _number(answer.high), answer.level)


def _ceiling(answer: "CeilingJson") -> "NoiseCeiling":
    from brainrank.benchmark.types.score import NoiseCeiling

    intervals = (None if each is None else _interval(each) for each in (answer.interval, answer.raw_interval))
    return NoiseCeiling(_number(answer.lower), _number(answer.upper), answer.reason, *intervals)


def _number(given: float | None) -> float:
    return math.nan if given is None else given
