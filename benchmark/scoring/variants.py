"""A benchmark otherwise: with another parameter of its metric, or on one half of its images.

They are named `BENCHMARK:PARAMETER=VALUE`, and only those listed here exist: what a claim is asked of again, to see
whether it hangs on how a score is made. None of them is counted, or shown on a board.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.image_halves import Half
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import UnknownNameError

SEPARATOR, IMAGES = ":", "images"
DRAWS = 200
"""Of the bootstrap behind each interval: a fifth of a benchmark's own, for a variant is looked at, not counted."""

# Penalties by `cv` are none of them: they take ten times those by `loo`.
OTHERWISE: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        RsaMetric.name: {
            "dissimilarity": (Dissimilarity.CORRELATION, Dissimilarity.EUCLIDEAN, Dissimilarity.COSINE),
            "comparator": (Comparator.RHO_A, Comparator.TAU_A, Comparator.SPEARMAN, Comparator.CORR, Comparator.COSINE),
            IMAGES: tuple(Half),
        },
        EncodingMetric.name: {"selection": ("loo", "gcv"), IMAGES: tuple(Half)},
        ErrorConsistencyMetric.name: {"convention": tuple(UndefinedKappa), IMAGES: tuple(Half)},
    }
)
"""By the name of a metric: its parameters, and the values each is given; that of the benchmark itself is left out."""


@dataclass(frozen=True)
class Variant(Benchmark):
    """A benchmark whose `parameter` has another `value`; `half` is that of its images, None where it has them all."""

    base: str = ""
    parameter: str = ""
    value: str = ""
    half: Half | None = None


def variants(benchmark: Benchmark) -> list[Variant]:
    """Every variant of a benchmark, by parameter and value; none of a variant, or where its metric has none."""
    return [] if isinstance(benchmark, Variant) else list(_variants(benchmark))


def variant(benchmark: Benchmark, change: str) -> Variant:
    """The variant of a benchmark by what is changed, as `comparator=corr`. Raises UnknownNameError for another."""
    known = {f"{each.parameter}={each.value}": each for each in variants(benchmark)}
    if change not in known:
        raise UnknownNameError(f"variant of {benchmark.name}", change, known)
    return known[change]


def base_name(name: str) -> str:
    """The name of the benchmark that one of this name is a variant of; its own where it is none."""
    return name.partition(SEPARATOR)[0]


def _variants(benchmark: Benchmark) -> Iterator[Variant]:
    metric = benchmark.metric
    for parameter, values in OTHERWISE.get(metric.name, {}).items():
        for value in values:
            if parameter == IMAGES:
                yield _variant(benchmark, parameter, value, {}, Half(value))
            elif value != getattr(metric, parameter):
                yield _variant(benchmark, parameter, value, {parameter: value}, None)


def _variant(
    benchmark: Benchmark, parameter: str, value: str, changed: Mapping[str, str], half: Half | None
) -> Variant:
    return Variant(
        name=f"{benchmark.name}{SEPARATOR}{parameter}={value}",
        version=benchmark.version,
        dataset=benchmark.dataset,
        region=benchmark.region,
        group=benchmark.group,
        metric=replace(benchmark.metric, **changed, draws=DRAWS),
        title=f"{benchmark.title}, {parameter} {value}",
        counted=False,
        base=benchmark.name,
        parameter=parameter,
        value=value,
        half=half,
    )
