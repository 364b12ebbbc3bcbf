"""What there is to score, on what, and what of it this machine can have."""

from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.catalogue import find_dataset
from brainrank.datasets.dataset import LoadedRegion


def load_region(benchmark: Benchmark, locations: Locations, reporter: Reporter) -> LoadedRegion:
    """Load what a benchmark scores against, fetching what is missing.

    Raises DataUnavailableError when it cannot be had, and StorageError when nothing can be written.
    """
    return find_dataset(benchmark.dataset).load(benchmark.region, locations, reporter)
