"""What a worker keeps from one run to the next: the regions it has loaded; its cell keeps the last model."""

from collections.abc import Callable
from functools import cache, partial

from brainrank.api.repositories.parts import HeldPart, SharedRun
from brainrank.api.services.runs.run_lease import never
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.shared_encoding import PART_SIZE, PartSize, examine_part
from brainrank.api.services.submissions.uploaded_benchmarks import catalogue_of
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_version
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import LayerCorrelations
from brainrank.benchmark.types.metric import SharedScoring
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.dataset import LoadedRegion

MOST_WARM_REGIONS = 8


class WorkerContext:
    """The machine that runs are worked on, with the regions of the runs before, of use to the next.

    `stopping` says whether the worker is to stop: runs are then put back at once.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        lease_s: float,
        run_limit_s: float,
        part_size: PartSize = PART_SIZE,
        stopping: Callable[[], bool] = never,
    ) -> None:
        self.machine, self.lease_s, self.run_limit_s, self.part_size = machine, lease_s, run_limit_s, part_size
        self.stopping = stopping
        self._regions: dict[str, LoadedRegion] = {}

    def region(self, benchmark: Benchmark, reporter: Reporter, catalogue: Catalogue) -> LoadedRegion:
        """The benchmark's region; what was loaded first is let go of first, and nobody's own data is kept."""
        if catalogue is not self.machine.catalogue:
            return catalogue.load(benchmark, self.machine.locations, reporter)
        if benchmark.name not in self._regions:
            found = self.machine.catalogue.load(benchmark, self.machine.locations, reporter)
            while len(self._regions) >= MOST_WARM_REGIONS:
                del self._regions[next(iter(self._regions))]
            self._regions[benchmark.name] = found
        return self._regions[benchmark.name]

    def code_version(self, shared: SharedRun) -> str:
        """The version of the code that this machine would score another worker's run with. Errors as `catalogue_of`."""
        catalogue = catalogue_of(shared.run_id, self.machine, Silent())
        return code_version(shared.spec, catalogue.benchmark(shared.benchmark))

    def examiner(self, run_id: int) -> Callable[[HeldPart], LayerCorrelations | None]:
        """What examines parts of another worker's run, whose study is read with the first of them.

        It returns None where the part's layer is not in the store of this machine.
        """
        extraction = self.machine.extraction
        store = ActivationStore(
            extraction.store_url or self.machine.locations.activations,
            derived_limit_bytes=extraction.derived_limit_bytes,
        )
        encoding = cache(partial(self._encoding, run_id))

        def examine(taken: HeldPart) -> LayerCorrelations | None:
            part, layer = taken.part, store.get(taken.part.gram, LayerGram)
            if layer is None:
                return None
            return examine_part(*encoding(taken.benchmark), layer, slice(part.first_target, part.end_target))

        return examine

    def _encoding(self, run_id: int, benchmark_name: str) -> tuple[SharedScoring, ResponseAssembly]:
        catalogue = catalogue_of(run_id, self.machine, Silent())
        benchmark = catalogue.benchmark(benchmark_name)
        assembly = self.region(benchmark, Silent(), catalogue).assembly
        shared = benchmark.metric.shared
        if shared is None or not isinstance(assembly, ResponseAssembly):
            raise TypeError(
                f"{benchmark.metric.name} is scored by one worker; the runs of {benchmark_name} have no parts"
            )
        return shared, assembly
