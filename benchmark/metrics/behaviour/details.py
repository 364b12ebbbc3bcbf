"""What is told beside error consistency: the same measures of the model with people, and of people among themselves."""

from dataclasses import replace

import numpy as np

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.aggregation import Statistic, human_human, model_human
from brainrank.benchmark.metrics.behaviour.confusion import mean_confusion_correlation
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, shape_bias, tells_cues
from brainrank.benchmark.types.score import Detail
from brainrank.benchmark.types.trials import BehaviouralAssembly

OF_PAIRS = {
    "accuracy difference": Statistic.ACCURACY_DIFFERENCE,
    "observed consistency": Statistic.OBSERVED,
    "kappa_min": Statistic.KAPPA_MIN,
    "kappa_max": Statistic.KAPPA_MAX,
}


def references(humans: BehaviouralAssembly) -> tuple[Detail, ...]:
    """What people reach: accuracy and shape bias as means over people, all else as the mean over pairs of people.

    `accuracy difference` is squared; `kappa_min` and `kappa_max` are the least and the greatest kappa that the pairs'
    accuracies allow. Each is a mean over conditions first, but for the confusion correlation, whose matrices pool the
    conditions, since one holds a handful of errors. Shape bias is there where the stimuli's names tell shape and
    texture. What needs two people is NaN with one.
    """
    several = len(humans.observers) > 1
    reached = {
        "accuracy": _mean_accuracy(humans),
        **{
            name: human_human(humans, statistic, conditions=humans.conditions).value if several else np.nan
            for name, statistic in OF_PAIRS.items()
        },
        "confusion correlation": mean_confusion_correlation(humans),
        **_shape_bias(humans),
    }
    return tuple(Detail(name, np.nan, value) for name, value in reached.items())


def details(model: BehaviouralAssembly, humans: BehaviouralAssembly) -> tuple[Detail, ...]:
    """The `references` with the model's values: its own accuracy and shape bias, all else as the mean over people."""
    values = {
        "accuracy": _mean_accuracy(model),
        **{
            name: model_human(model, humans, statistic, conditions=humans.conditions).value
            for name, statistic in OF_PAIRS.items()
        },
        "confusion correlation": mean_confusion_correlation(humans, model),
        **_shape_bias(model),
    }
    return tuple(replace(each, value=values.get(each.name, np.nan)) for each in references(humans))


def _mean_accuracy(assembly: BehaviouralAssembly) -> float:
    """The mean over conditions and observers; an observer without trials in a condition is left out of that one."""
    tables = correctness_by_condition(assembly).values()
    return float(np.mean([np.nanmean(accuracy(table.correct, table.shown).value) for table in tables]))


def _shape_bias(assembly: BehaviouralAssembly) -> dict[str, float]:
    return {"shape bias": shape_bias(cue_decisions(assembly)).mean} if tells_cues(assembly) else {}
