"""Which metrics there are, as rows of plain values."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import Metric


def metric_rows() -> list[dict[str, Any]]:
    """A row for each metric, with the parameters that it has unless told otherwise."""
    return [_row(each) for each in metrics().values()]


def metric_row(name: str) -> dict[str, Any]:
    """The row of one metric. Raises UnknownNameError with the nearest name."""
    known = metrics()
    if name not in known:
        raise UnknownNameError("metric", name, known)
    return _row(known[name])


def parameter_meanings(name: str) -> Mapping[str, str]:
    """What each parameter of a metric is."""
    return {each.name: each.metadata["meaning"] for each in fields(metrics()[name])}


def _row(metric: type[Metric]) -> dict[str, Any]:
    made = metric()
    return {
        "name": metric.name,
        "scores": metric.evidence.value,
        "measures": ", ".join(metric.measures),
        "in_packages": ", ".join(filter(metric.fits, Measure)),
        "unit": made.unit,
        "least": metric.support[0],
        "most": metric.support[1],
        "fewest_stimuli": made.fewest_units,
        "words": metric.words,
        "citation": metric.citation,
        "parameters": {each.name: getattr(made, each.name) for each in fields(metric)},
    }
