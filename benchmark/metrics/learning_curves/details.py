"""What is told beside explained learning: the curves, what is read from them, and error consistency by epoch."""

import numpy as np

from brainrank.benchmark.metrics.learning_curves.consistency import mean_consistency
from brainrank.benchmark.metrics.learning_curves.measures import learning_measures
from brainrank.benchmark.types.score import Detail
from brainrank.benchmark.types.trials import BehaviouralAssembly


def learning_details(learner: BehaviouralAssembly | None, people: BehaviouralAssembly) -> tuple[Detail, ...]:
    """The measures of a learner, NaN without one, beside those of people: of each, or of pairs of them."""
    several = len(people.observers) > 1
    of_people = learning_measures(people) | (mean_consistency(None, people) if several else {})
    own = {} if learner is None else learning_measures(learner) | mean_consistency(learner, people)
    return tuple(Detail(name, own.get(name, np.nan), of_people.get(name, np.nan)) for name in {**of_people, **own})
