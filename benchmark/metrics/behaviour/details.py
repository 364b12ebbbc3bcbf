"""What is told beside error consistency: the same measures of the model with people, and of people among themselves."""

import numpy as np

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.aggregation import Consistency, between_people, consistency_of, with_people
from brainrank.benchmark.metrics.behaviour.confusion import mean_confusion_correlation
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED
from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, shape_bias, tells_cues
from brainrank.benchmark.metrics.behaviour.undefined import NO_KAPPAS
from brainrank.benchmark.types.score import Detail
from brainrank.benchmark.types.trials import BehaviouralAssembly

OF_PAIRS = {
    "accuracy difference": "accuracy_difference",
    "observed consistency": "observed",
    "kappa_min": "kappa_min",
    "kappa_max": "kappa_max",
}
"""Fields of ErrorConsistency by the names they are told under."""

UNDEFINED = "share of kappas undefined"
TOO_FEW = "share of kappas of too few trials"
SHARES = (UNDEFINED, TOO_FEW)
"""What is told where there is some of it: the share of kappas, of pairs under conditions, that are missing."""


def references(humans: BehaviouralAssembly, *, minimum: int = MINIMUM_SHARED) -> tuple[Detail, ...]:
    """What people reach: accuracy and shape bias as means over people, all else as the mean over pairs of people.

    `accuracy difference` is squared; `kappa_min` and `kappa_max` are the least and the greatest kappa that the pairs'
    accuracies allow. Each is a mean over conditions first, but for the confusion correlation, whose matrices pool the
    conditions, since one holds a handful of errors. Shape bias is there where the stimuli's names tell shape and
    texture. Where kappas are undefined, or pairs share fewer than `minimum` trials, their share is told. What needs two
    people is NaN with one.
    """
    return tuple(
        Detail(name, np.nan, value) for name, value in _details_worth_telling(_of_people(humans, minimum)).items()
    )


def details(
    model: BehaviouralAssembly, humans: BehaviouralAssembly, *, minimum: int = MINIMUM_SHARED
) -> tuple[Detail, ...]:
    """The `references` with the model's values: its own accuracy and shape bias, all else as the mean over people."""
    people, own = _of_people(humans, minimum), _of_model(model, humans, minimum)
    return tuple(Detail(name, own.get(name, np.nan), people[name]) for name in _details_worth_telling(people, own))


def _of_people(humans: BehaviouralAssembly, minimum: int) -> dict[str, float]:
    several = len(humans.observers) > 1
    found = consistency_of(*between_people(humans), minimum=minimum) if several else None
    return _details(found, humans, mean_confusion_correlation(humans))


def _of_model(model: BehaviouralAssembly, humans: BehaviouralAssembly, minimum: int) -> dict[str, float]:
    found = consistency_of(*with_people(model, humans), minimum=minimum)
    return _details(found, model, mean_confusion_correlation(humans, model))


def _details(found: Consistency | None, observers: BehaviouralAssembly, confusions: float) -> dict[str, float]:
    counts = NO_KAPPAS if found is None else found.counts
    of = counts.kappas or np.nan
    return {
        "accuracy": _mean_accuracy(observers),
        **{name: np.nan if found is None else found.mean(field) for name, field in OF_PAIRS.items()},
        "confusion correlation": confusions,
        UNDEFINED: counts.undefined / of,
        TOO_FEW: counts.too_few / of,
        **({"shape bias": shape_bias(cue_decisions(observers)).mean} if tells_cues(observers) else {}),
    }


def _details_worth_telling(*measured: dict[str, float]) -> dict[str, float]:
    """What is told of people: all, but for shares of kappas that are missing nowhere."""
    return {
        name: value
        for name, value in measured[0].items()
        if name not in SHARES or any(each[name] > 0 for each in measured)
    }


def _mean_accuracy(assembly: BehaviouralAssembly) -> float:
    """The mean over conditions and observers; an observer without trials in a condition is left out of that one."""
    tables = correctness_by_condition(assembly).values()
    return float(np.mean([np.nanmean(accuracy(table.correct, table.shown).value) for table in tables]))
