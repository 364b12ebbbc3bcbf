"""Charts of one run, for /charts/runs/NUMBER/KIND: small JSON that static/charts.js draws."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from brainrank.api.pages import (
    behaviour_figures,
    course_figures,
    learning_figures,
    map_figures,
    rdm_figures,
    score_figures,
)
from brainrank.api.pages.render import chart_answer
from brainrank.api.pages.stimuli import StimulusPicture, pictures_of
from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.routes.dependencies import TheService
from brainrank.api.routes.runs import Number
from brainrank.api.routes.service import Service
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.runs import visible_runs
from brainrank.api.services.views import learning_curves, run_behaviour
from brainrank.api.services.views.rdm_pairs import RdmPair, arrangements, rdm_pair
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.brain_map import Quantity
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

router = APIRouter(include_in_schema=False)
Figure = Mapping[str, Any]


class ScoredRun(NamedTuple):
    """A run that succeeded, on a service."""

    run: StoredRun
    service: Service

    @property
    def benchmark(self) -> Benchmark:
        """Its benchmark. Raises NotFoundError where the service has none of that name: one on somebody's own data."""
        if not self.service.catalogue.has(self.run.benchmark):
            raise NotFoundError(f"Run {self.run.run_id} is of a benchmark that is not here: {self.run.benchmark}")
        return self.service.catalogue.benchmark(self.run.benchmark)


@router.get("/charts/runs/{number}/{kind}")
def get_chart(request: Request, number: Number, kind: str, service: TheService) -> Response:
    """A chart of a public run."""
    if kind not in KINDS:
        raise NotFoundError(str(UnknownNameError("chart", kind, KINDS)))
    return chart_answer(request, KINDS[kind](find_scored_run(service, number)))


def find_scored_run(service: Service, number: int) -> ScoredRun:
    """A public run that succeeded. Raises NotFoundError."""
    with service.begin() as session:
        found = visible_runs.run(session, number, EVERYBODY)
    if found.stored is None:
        raise NotFoundError(f"Run {number} has no score")
    return ScoredRun(found.stored, service)


def choices(of: ScoredRun) -> Choices | None:
    """What the run's model chose, where that was kept."""
    with of.service.begin() as session:
        return runs.choices(session, [of.run.run_id]).get(of.run.run_id)


def _rdms(of: ScoredRun) -> tuple[RdmPair, Mapping[str, StimulusPicture]]:
    pair = rdm_pair(of.run, of.benchmark, of.service.rdms)
    return pair, pictures_of(of.service.studies, of.benchmark.dataset, of.benchmark.region)


def _model_rdm(of: ScoredRun) -> Figure:
    pair, stimuli = _rdms(of)
    return rdm_figures.heatmap(pair.model, pair.stimulus_ids, stimuli)


def _brain_rdm(of: ScoredRun) -> Figure:
    pair, stimuli = _rdms(of)
    return rdm_figures.heatmap(pair.brain, pair.stimulus_ids, stimuli)


def _model_plane(of: ScoredRun) -> Figure:
    pair, stimuli = _rdms(of)
    return rdm_figures.plane(arrangements(pair).model, pair.stimulus_ids, stimuli)


def _brain_plane(of: ScoredRun) -> Figure:
    pair, stimuli = _rdms(of)
    return rdm_figures.plane(arrangements(pair).brain, pair.stimulus_ids, stimuli)


def _humans(of: ScoredRun) -> BehaviouralAssembly:
    return run_behaviour.scored_trials(of.benchmark, of.service.rdms)


def _choices(of: ScoredRun) -> Choices:
    found = choices(of)
    if found is None:
        raise NotFoundError(f"What {of.run.model} chose was not kept with run {of.run.run_id}; score it again")
    return found


def _consistency(of: ScoredRun) -> Figure:
    score, humans = of.run.score, _humans(of)
    between = run_behaviour.answers_of(of.benchmark).between_people(humans)
    people = [each for each in score.per_subject if not math.isnan(each.value)]
    return behaviour_figures.consistency(people, between, value=score.value, ceiling=score.ceiling.lower)


def _model_confusion(of: ScoredRun) -> Figure:
    found = run_behaviour.confusions(_choices(of), _humans(of))
    return behaviour_figures.confusion(found.model, found)


def _people_confusion(of: ScoredRun) -> Figure:
    found = run_behaviour.confusions(_choices(of), _humans(of))
    return behaviour_figures.confusion(found.people, found)


def _accuracy(of: ScoredRun) -> Figure:
    chosen, humans = _choices(of), _humans(of)
    by, found = run_behaviour.accuracies(chosen, humans)
    return behaviour_figures.accuracy(by, found, run_behaviour.curves(chosen, humans))


def _layers(of: ScoredRun) -> Figure:
    score = of.run.score
    return score_figures.layer_curves([score_figures.curve(of.run.benchmark, score)])


def _targets(of: ScoredRun) -> Figure:
    score = of.run.score
    if score.per_target is None:
        raise NotFoundError(f"Run {of.run.run_id} has no scores of targets; only encoding has them")
    return score_figures.targets(score.per_target.values, score.unit.removeprefix("median "), score.ceiling)


def _learning(of: ScoredRun) -> Figure:
    found = learning_curves.run_curves(of.run.benchmark, of.run.score)
    return learning_figures.learning(of.run.model, found, learning_curves.published_curves())


def _course_of(of: ScoredRun) -> Course:
    found = of.run.score.course
    if found is None:
        raise NotFoundError(f"Run {of.run.run_id} has no course; only time-resolved metrics have one")
    return found


def _course(of: ScoredRun) -> Figure:
    return course_figures.course(_course_of(of), of.run.score.unit)


def _layers_by_time(of: ScoredRun) -> Figure:
    return course_figures.layers_by_time(_course_of(of), of.run.score.unit)


def _map(of: ScoredRun, quantity: Quantity) -> Figure:
    with of.service.begin() as session:
        found = visible_runs.brain_map(session, of.run.run_id, EVERYBODY, quantity)
    try:
        return map_figures.brain_map(found.found, found.unit)
    except (InvalidDataError, UserError) as error:
        raise NotFoundError(str(error)) from error


def _map_of_scores(of: ScoredRun) -> Figure:
    return _map(of, Quantity.SCORE)


def _map_of_layers(of: ScoredRun) -> Figure:
    return _map(of, Quantity.LAYER)


KINDS: Mapping[str, Callable[[ScoredRun], Figure]] = {
    "rdm-model": _model_rdm,
    "rdm-brain": _brain_rdm,
    "plane-model": _model_plane,
    "plane-brain": _brain_plane,
    "consistency": _consistency,
    "confusion-model": _model_confusion,
    "confusion-people": _people_confusion,
    "accuracy": _accuracy,
    "learning": _learning,
    "layers": _layers,
    "targets": _targets,
    "map": _map_of_scores,
    "map-of-layers": _map_of_layers,
    "course": _course,
    "layers-by-time": _layers_by_time,
}
