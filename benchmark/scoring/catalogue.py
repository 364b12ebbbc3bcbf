"""Catalogue: which data sets and benchmarks there are on a machine, by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from brainrank.benchmark.scoring import benchmarks
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.derived import derived_benchmark, fitting_metrics, why_unfit
from brainrank.benchmark.scoring.image_halves import region_of_half
from brainrank.benchmark.scoring.metric_catalogue import metrics
from brainrank.benchmark.scoring.variants import SEPARATOR, Variant, variant
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.catalogue import DATASETS
from brainrank.datasets.dataset import Dataset, LoadedRegion

EVERYTHING = "all"


class _Derivation(NamedTuple):
    """A region of a data set, and a metric for it."""

    study: Dataset
    region: str
    metric: str


@dataclass(frozen=True)
class Catalogue:
    """Data sets and the benchmarks on them, by name.

    Raises InvalidDataError for a benchmark of a region that its data set has not, or whose metric does not fit what was
    measured there.
    """

    datasets: Mapping[str, Dataset]
    benchmarks: Mapping[str, Benchmark]

    def __post_init__(self) -> None:
        for each in self.benchmarks.values():
            self._check(each)

    def by_metric(self, names: Sequence[str], regions_of: Sequence[str] = ()) -> "Catalogue":
        """The catalogue of a benchmark for each region and each of these metrics that fits it.

        Regions are those of the benchmarks, or groups, `regions_of`; all without any. Raises UnknownNameError for a
        metric that is none, InvalidDataError for one that fits none of the regions.
        """
        chosen = [(each.dataset, each.region) for name in regions_of for each in self.select(name)]
        everywhere = [(name, region) for name, study in self.datasets.items() for region in study.regions]
        regions = list(dict.fromkeys(chosen if regions_of else everywhere))
        found = dict[str, Benchmark]()
        for metric in names:
            if metric not in metrics():
                raise UnknownNameError("metric", metric, metrics())
            fitting = {
                each.name: each
                for dataset, region in regions
                if (each := self._of(f"{dataset}.{region}.{metric}")) is not None
            }
            if not fitting:
                fit = sorted(
                    {name for dataset, region in regions for name in fitting_metrics(self.datasets[dataset], region)}
                )
                raise InvalidDataError(
                    f"metric: {metric} is of {' or '.join(metrics()[metric].measures)}, and fits none of the regions "
                    f"asked for; choose from {', '.join(fit)}"
                )
            found |= fitting
        return Catalogue(self.datasets, found)

    def _of(self, name: str) -> Benchmark | None:
        """The benchmark of that name: one that is declared, or of a metric that fits its region; or a variant of one.

        Raises UnknownNameError for a variant that there is not of a benchmark that there is.
        """
        if name in self.benchmarks:
            return self.benchmarks[name]
        of, separator, change = name.partition(SEPARATOR)
        if separator:
            base = self._of(of)
            return None if base is None else variant(base, change)
        found = self._derivation(name)
        if found is None or found.metric not in fitting_metrics(found.study, found.region):
            return None
        return derived_benchmark(*found)

    def _derivation(self, name: str) -> "_Derivation | None":
        """The region and the metric that a name is of, whether that metric fits or not."""
        dataset, _, rest = name.partition(".")
        region, _, metric = rest.rpartition(".")
        study = self.datasets.get(dataset)
        known = study is not None and region in study.regions and metric in metrics()
        return _Derivation(study, region, metric) if study is not None and known else None

    def _refusal(self, kind: str, name: str, known: Iterable[str]) -> UserError:
        """Why there is no benchmark of a name: its metric does not fit its region, or nothing is called so."""
        found = self._derivation(name)
        return (
            UnknownNameError(kind, name, known) if found is None else InvalidDataError(f"{name}: {why_unfit(*found)}")
        )

    def _check(self, benchmark: Benchmark) -> None:
        study = self.dataset(benchmark.dataset)
        if benchmark.region not in study.regions:
            raise UnknownNameError(f"region of {benchmark.dataset}", benchmark.region, study.regions)
        metric, measure = benchmark.metric, study.regions[benchmark.region]
        if measure not in metric.measures:
            raise InvalidDataError(
                f"Benchmark {benchmark.name}: {metric.name} is of {' or '.join(metric.measures)}, and {measure} were "
                f"measured of {benchmark.region}; declare a metric that fits"
            )

    def dataset(self, name: str) -> Dataset:
        """Return the data set of that name; UnknownNameError suggests the nearest."""
        if name not in self.datasets:
            raise UnknownNameError("data set", name, self.datasets)
        return self.datasets[name]

    def benchmark(self, name: str) -> Benchmark:
        """Return the benchmark of that name: declared, `DATASET.REGION.METRIC`, or a variant of one of these.

        Raises UnknownNameError for another name, InvalidDataError for that of a metric that does not fit the region.
        """
        found = self._of(name)
        if found is None:
            raise self._refusal("benchmark", name, self.benchmarks)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a benchmark of that name, as `benchmark` returns it."""
        try:
            return self._of(name) is not None
        except UnknownNameError:
            return False

    def select(self, name: str | None) -> list[Benchmark]:
        """Return the benchmark of that name, or those of the group of that name; without a name, or for `all`, each.

        Raises UnknownNameError with the nearest names, InvalidDataError for a metric that does not fit the region.
        """
        everything = list(self.benchmarks.values())
        if name in {None, EVERYTHING}:
            return everything
        group = [each for each in everything if each.group == name]
        if group:
            return group
        own = self._of(str(name))
        if own is None:
            known = [*self.benchmarks, *{each.group for each in everything}, EVERYTHING]
            raise self._refusal("benchmark or group", str(name), known)
        return [own]

    def can_be_had(self, benchmark: Benchmark, locations: Locations) -> bool:
        """Whether what a benchmark scores against lies here or is fetched when it is first needed."""
        return self.dataset(benchmark.dataset).can_be_had(benchmark.region, locations)

    def subject(self, benchmark: Benchmark) -> str:
        """The one person or animal that a benchmark's region was measured in; empty where several, or not told."""
        return self.dataset(benchmark.dataset).subject_of.get(benchmark.region, "")

    def load(self, benchmark: Benchmark, locations: Locations, reporter: Reporter) -> LoadedRegion:
        """Load what a benchmark scores against, fetching what is missing.

        Raises DataUnavailableError when it cannot be had, and StorageError when nothing can be written.
        """
        region = self.dataset(benchmark.dataset).load(benchmark.region, locations, reporter)
        half = benchmark.half if isinstance(benchmark, Variant) else None
        return region if half is None else region_of_half(region, half)

    def only(self, names: Sequence[str]) -> "Catalogue":
        """The catalogue of some of its data sets. Raises UnknownNameError for another name."""
        return Catalogue(
            {name: self.dataset(name) for name in names},
            {name: each for name, each in self.benchmarks.items() if each.dataset in names},
        )


def built_in() -> Catalogue:
    """The studies and benchmarks that come with brainrank."""
    return Catalogue(DATASETS, benchmarks.BENCHMARKS)
