"""The parameters of a metric in words."""

from dataclasses import fields
from typing import NamedTuple

from brainrank.benchmark.types.metric import Metric

NOTHING = "none"


class Parameter(NamedTuple):
    """A metric's parameter, its value, and what it is."""

    name: str
    value: str
    meaning: str


def parameters(metric: Metric) -> list[Parameter]:
    """A metric's parameters, as they are for its benchmark."""
    return [
        Parameter(each.name, _text(getattr(metric, each.name)), each.metadata["meaning"]) for each in fields(metric)
    ]


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return str(value)
