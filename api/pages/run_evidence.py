"""What a run's charts are made from, as far as it is here, and in words and tables what they show."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from brainrank.api.pages.run_charts import ScoredRun, choices
from brainrank.api.pages.stimuli import StimulusPicture, pictures_of
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.analysis.observer_groups import GroupAnalysis, closest_text, tells_groups
from brainrank.api.services.views import run_behaviour, run_people
from brainrank.api.services.views.rdm_pairs import Pair, arrangements, most_disputed, rdm_pair, require_kept
from brainrank.api.services.views.run_behaviour import Accuracy, Curve
from brainrank.benchmark.types.metric import AnswerDrawing, RdmDrawing

PAIRS_SHOWN = 4
BEHAVIOUR = "behaviour"
NO_LAYERS = "this run has no scores of layers"
NO_PEOPLE = "this run has no scores with single people"
NO_CHOICES = "what the model chose was not kept with this run; a run that is made anew keeps it"


class RdmEvidence(NamedTuple):
    """RDMs of the model and of `who` it is compared with, or the `reason` why there are none.

    `layer` is the model's. Read on a run's page only: the pairs they differ in most, and what a plane holds of each.
    """

    reason: str
    who: str = ""
    layer: str = ""
    hidden: str = ""
    apart: Sequence[Pair] = ()
    together: Sequence[Pair] = ()
    model_share: float = np.nan
    brain_share: float = np.nan
    stimuli: Mapping[str, StimulusPicture] = {}


class BehaviourEvidence(NamedTuple):
    """Answers beside each other: `reason` where people's are not here, `no_choices` where the model's were not kept.

    Read on a run's page only: the least and greatest kappa of two people, accuracies, psychometric functions, and
    the model with each group of people, with `closest` in words.
    """

    reason: str
    no_choices: str = ""
    by: str = "condition"
    between: tuple[float, float] | None = None
    accuracies: Sequence[Accuracy] = ()
    curves: Sequence[Curve] = ()
    people: GroupAnalysis | None = None
    closest: str = ""


def rdm_evidence(of: ScoredRun, *, whole: bool) -> RdmEvidence | None:
    """RDMs of a run; None for a benchmark without any. Without `whole`, a study's files are not read."""
    if not isinstance(of.benchmark.metric.drawing, RdmDrawing):
        return None
    if not of.run.score.layer_curve:
        return RdmEvidence(of.run.score.reason or NO_LAYERS)
    region = of.benchmark.dataset, of.benchmark.region
    who = "people" if of.benchmark.group == BEHAVIOUR else "the brain"
    try:
        of.service.studies.require(*region)
        require_kept(of.run)
        found = RdmEvidence("", who, of.service.rdms.of_model(of.run).layer, of.service.studies.why_hidden(*region))
        if not whole:
            return found
        pair = rdm_pair(of.run, of.benchmark, of.service.rdms)
    except NotFoundError as error:
        return RdmEvidence(str(error))
    apart, together = most_disputed(pair, PAIRS_SHOWN)
    planes = arrangements(pair)
    return found._replace(
        apart=apart,
        together=together,
        model_share=planes.model.share,
        brain_share=planes.brain.share,
        stimuli=pictures_of(of.service.studies, *region),
    )


def behaviour_evidence(of: ScoredRun, *, whole: bool) -> BehaviourEvidence | None:
    """Answers of a run's model and of people; None for a benchmark without trials of single people."""
    drawing = of.benchmark.metric.drawing
    if not isinstance(drawing, AnswerDrawing):
        return None
    if not of.run.score.per_subject:
        return BehaviourEvidence(of.run.score.reason or NO_PEOPLE)
    chosen = choices(of)
    no_choices = "" if chosen else NO_CHOICES
    try:
        of.service.studies.require(of.benchmark.dataset, of.benchmark.region)
        if not whole:
            return BehaviourEvidence("", no_choices)
        humans = run_behaviour.scored_trials(of.benchmark, of.service.rdms)
    except NotFoundError as error:
        return BehaviourEvidence(str(error))
    between = drawing.between_people(humans)
    ends = (float(between.min()), float(between.max())) if between.size else None
    if chosen is None:
        return BehaviourEvidence("", no_choices, between=ends)
    by, accuracies = run_behaviour.accuracies(chosen, humans)
    found = BehaviourEvidence("", "", by, ends, accuracies, run_behaviour.curves(chosen, humans))
    if not tells_groups(humans):
        return found
    people = run_people.of_model(chosen, humans, of.run.model)
    return found._replace(people=people, closest=closest_text(people.models[0]))
