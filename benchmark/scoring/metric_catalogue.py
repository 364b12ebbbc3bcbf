"""Which metrics there are: each the class in a file of its own in benchmark/metrics."""

import inspect
from collections.abc import Mapping
from functools import cache

from brainrank.benchmark.types.metric import Metric
from brainrank.benchmark.types.modules import modules_in

FOLDER = "brainrank.benchmark.metrics"


@cache
def metrics() -> Mapping[str, type[Metric]]:
    """Every metric by its name, in the order of names: what the files directly in benchmark/metrics define.

    Raises ValueError when two have the same name.
    """
    found: dict[str, type[Metric]] = {}
    for module in modules_in(FOLDER):
        for metric in vars(module).values():
            if _is_metric(metric) and metric.__module__ == module.__name__:
                if metric.name in found:
                    raise ValueError(f"two metrics are called {metric.name}: {found[metric.name]} and {metric}")
                found[metric.name] = metric
    return dict(sorted(found.items()))


def _is_metric(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, Metric) and not inspect.isabstract(found)
