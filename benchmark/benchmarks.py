"""Which benchmarks there are: each a declaration of data set, region and metric."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.types.errors import UnknownNameError


@dataclass(frozen=True)
class Benchmark:
    """A data set's region and the metric that scores models against it.

    `version` is raised whenever its numbers change; scores of different versions are never compared.
    """

    name: str
    version: int
    dataset: str
    region: str
    group: str
    metric: RsaMetric
    title: str


_ALL = (
    Benchmark(
        name="kriegeskorte2008.human-it.rsa",
        version=1,
        dataset="kriegeskorte2008",
        region="human-it",
        group="it",
        metric=RsaMetric(),
        title="Human inferior temporal cortex, fMRI, 4 subjects, 92 objects",
    ),
    Benchmark(
        name="kriegeskorte2008.monkey-it.rsa",
        version=1,
        dataset="kriegeskorte2008",
        region="monkey-it",
        group="it",
        metric=RsaMetric(),
        title="Monkey inferior temporal cortex, 674 neurons, 92 objects",
    ),
    Benchmark(
        name="kriegeskorte2008.judgements.rsa",
        version=1,
        dataset="kriegeskorte2008",
        region="judgements",
        group="behaviour",
        metric=RsaMetric(),
        title="Human similarity judgements, 16 subjects, 92 objects",
    ),
    Benchmark(
        name="cichy2014.evc.rsa",
        version=1,
        dataset="cichy2014",
        region="evc",
        group="early-visual",
        metric=RsaMetric(),
        title="Human early visual cortex, fMRI, 15 subjects, 92 objects",
    ),
    Benchmark(
        name="cichy2014.it.rsa",
        version=1,
        dataset="cichy2014",
        region="it",
        group="it",
        metric=RsaMetric(),
        title="Human inferior temporal cortex, fMRI, 15 subjects, 92 objects",
    ),
)

BENCHMARKS: Mapping[str, Benchmark] = {benchmark.name: benchmark for benchmark in _ALL}


def find_benchmark(name: str) -> Benchmark:
    """Return the benchmark of that name; UnknownNameError suggests the nearest."""
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS)
    return BENCHMARKS[name]
