"""What there is to score, on what, and what of it this machine can have."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.catalogue import find_dataset


class Availability(NamedTuple):
    """The benchmarks whose data are here now, and why the others' are not, by data set."""

    benchmarks: Sequence[Benchmark]
    unavailable: Mapping[str, str]


def fetch_data(benchmarks: Iterable[Benchmark], *, locations: Locations, reporter: Reporter) -> Availability:
    """Fetch the data of benchmarks; one that cannot be had does not stop the others.

    Raises StorageError when nothing can be written, for then no data set could be had.
    """
    wanted = list(benchmarks)
    unavailable = {}
    for name in dict.fromkeys(benchmark.dataset for benchmark in wanted):
        try:
            find_dataset(name).load(locations, reporter)
        except DataUnavailableError as error:
            unavailable[name] = str(error)
    return Availability([each for each in wanted if each.dataset not in unavailable], unavailable)
