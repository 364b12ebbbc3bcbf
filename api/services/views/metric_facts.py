"""Which metrics there are, with all that they say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import Metric


class MetricFacts(NamedTuple):
    """A metric with the parameters that it has unless told otherwise.

    `scores` is what it takes of a model, `measures` what it fits, `in_packages` for which of them a package of one's
    own data may declare it. Values lie between `least` and `most`.
    """

    name: str
    scores: str
    measures: str
    in_packages: str
    unit: str
    least: float
    most: float
    fewest_stimuli: int
    words: str
    citation: str
    parameters: Mapping[str, Any]


def metric_facts() -> Sequence[MetricFacts]:
    """Those of every metric."""
    return [_facts(each) for each in metrics().values()]


def facts_of_metric(name: str) -> MetricFacts:
    """Those of one metric. Raises UnknownNameError with the nearest name."""
    known = metrics()
    if name not in known:
        raise UnknownNameError("metric", name, known)
    return _facts(known[name])


def parameter_meanings(name: str) -> Mapping[str, str]:
    """What each parameter of a metric is."""
    return {each.name: each.metadata["meaning"] for each in fields(metrics()[name])}


def _facts(metric: type[Metric]) -> MetricFacts:
    default = metric()
    return MetricFacts(
        name=metric.name,
        scores=metric.evidence.value,
        measures=", ".join(metric.measures),
        in_packages=", ".join(filter(metric.fits, Measure)),
        unit=default.unit,
        least=metric.support[0],
        most=metric.support[1],
        fewest_stimuli=default.fewest_units,
        words=metric.words,
        citation=metric.citation,
        parameters={each.name: getattr(default, each.name) for each in fields(metric)},
    )
