"""What is told beside error consistency: the same measures of the model with people, and of people among themselves."""

import numpy as np

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.aggregation import Statistic, human_human, model_human
from brainrank.benchmark.metrics.behaviour.confusion import mean_confusion_correlation
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED
from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, shape_bias, tells_cues
from brainrank.benchmark.metrics.behaviour.undefined import NO_KAPPAS, KappaCounts
from brainrank.benchmark.types.score import Detail
from brainrank.benchmark.types.trials import BehaviouralAssembly

OF_PAIRS = {
    "accuracy difference": Statistic.ACCURACY_DIFFERENCE,
    "observed consistency": Statistic.OBSERVED,
    "kappa_min": Statistic.KAPPA_MIN,
    "kappa_max": Statistic.KAPPA_MAX,
}
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
    return tuple(Detail(name, np.nan, value) for name, value in _told(_of_people(humans, minimum)).items())


def details(
    model: BehaviouralAssembly, humans: BehaviouralAssembly, *, minimum: int = MINIMUM_SHARED
) -> tuple[Detail, ...]:
    """The `references` with the model's values: its own accuracy and shape bias, all else as the mean over people."""
    people, own = _of_people(humans, minimum), _of_model(model, humans, minimum)
    return tuple(Detail(name, own.get(name, np.nan), people[name]) for name in _told(people, own))


def _of_people(humans: BehaviouralAssembly, minimum: int) -> dict[str, float]:
    several = len(humans.observers) > 1
    found = {
        name: human_human(humans, statistic, conditions=humans.conditions, minimum=minimum)
        for name, statistic in OF_PAIRS.items()
        if several
    }
    return {
        "accuracy": _mean_accuracy(humans),
        **{name: found[name].value if several else np.nan for name in OF_PAIRS},
        "confusion correlation": mean_confusion_correlation(humans),
        **_shares(found["observed consistency"].counts if several else NO_KAPPAS),
        **_shape_bias(humans),
    }


def _of_model(model: BehaviouralAssembly, humans: BehaviouralAssembly, minimum: int) -> dict[str, float]:
    found = {
        name: model_human(model, humans, statistic, conditions=humans.conditions, minimum=minimum)
        for name, statistic in OF_PAIRS.items()
    }
    return {
        "accuracy": _mean_accuracy(model),
        **{name: each.value for name, each in found.items()},
        "confusion correlation": mean_confusion_correlation(humans, model),
        **_shares(found["observed consistency"].counts),
        **_shape_bias(model),
    }


def _shares(counts: KappaCounts) -> dict[str, float]:
    of = counts.kappas or np.nan
    return {UNDEFINED: counts.undefined / of, TOO_FEW: counts.too_few / of}


def _told(*measured: dict[str, float]) -> dict[str, float]:
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


def _shape_bias(assembly: BehaviouralAssembly) -> dict[str, float]:
    return {"shape bias": shape_bias(cue_decisions(assembly)).mean} if tells_cues(assembly) else {}
