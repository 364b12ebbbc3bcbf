"""Benchmarks that nobody declared: any metric that fits, on any region of a data set."""

from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.datasets.dataset import Dataset


def fitting_metrics(study: Dataset, region: str) -> list[str]:
    """The metrics that fit a region by what was measured there, by name.

    RDMs have Gram matrices only where a study says that theirs are squared distances.
    """
    measure = study.regions[region]
    squared = region in study.squared
    return [name for name, each in metrics().items() if each.fits(measure) or (squared and measure in each.measures)]


def why_unfit(study: Dataset, region: str, metric: str) -> str:
    """What a metric that does not fit a region is of, what was measured there, and the metrics that fit."""
    measure, kind = study.regions[region], metrics()[metric]
    needs = "RDMs of squared distances" if measure in kind.measures else " or ".join(kind.measures)
    fitting = fitting_metrics(study, region)
    remedy = (
        f"choose from {', '.join(fitting)}"
        if fitting
        else "no metric of your choice fits; name its declared benchmark (brainrank benchmarks list)"
    )
    return f"{metric} is of {needs}, and {measure} were measured of {region} of {study.card.name}: {remedy}"


def derived_benchmark(study: Dataset, region: str, metric: str) -> Benchmark:
    """A region's benchmark by a metric with its defaults, `DATASET.REGION.METRIC`, in a group named after the metric.

    It is not counted in means over groups: it measures again what declared benchmarks of the region measure.
    """
    kind = metrics()[metric]
    return Benchmark(
        name=f"{study.card.name}.{region}.{metric}",
        version=study.version,
        dataset=study.card.name,
        region=region,
        group=metric,
        metric=kind(**kind.declared_defaults),
        title=f"{study.card.title}, {region}, {metric}",
        counted=False,
    )
