"""The one region whose responses are analysed, and the layers of models on its images."""

from collections.abc import Sequence

from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import network_code
from brainrank.benchmark.scoring.evidence import Evidence, Job
from brainrank.benchmark.scoring.gather import gather
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import EvidenceKind, layers_of, of_kind
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.own_model import own_model_told


def load_responses(
    benchmarks: Sequence[Benchmark], catalogue: Catalogue, locations: Locations, reporter: Reporter
) -> tuple[LoadedRegion, ResponseAssembly]:
    """The region of these benchmarks, and its responses. Raises UserError for several regions, or other measurements.

    DataUnavailableError and StorageError as of `Catalogue.load`.
    """
    regions = {(each.dataset, each.region): each for each in benchmarks}
    names = ", ".join(each.name for each in regions.values())
    if len(regions) != 1:
        raise UserError(f"{len(regions)} regions are meant ({names}); give the benchmark of one")
    (benchmark,) = regions.values()
    measure = catalogue.dataset(benchmark.dataset).regions[benchmark.region]
    if measure is not Measure.RESPONSES:
        raise UserError(
            f"{benchmark.name} is of {measure}; variance is partitioned of {Measure.RESPONSES}, and predictivity is of "
            "them, too: give a benchmark of those"
        )
    region = catalogue.load(benchmark, locations, reporter)
    return region, of_kind(region.assembly, ResponseAssembly, EncodingMetric())


def layers_on(spec: ModelSpec, region: LoadedRegion, machine: Machine, reporter: Reporter) -> Sequence[LayerGram]:
    """The layers of a model on a region's images, from the store or by a forward pass. Raises as `run`."""
    found = evidence_on(spec, EvidenceKind.ACTIVATIONS, region, machine, reporter)
    return layers_of(found.content, EncodingMetric())


def evidence_on(
    spec: ModelSpec, kind: EvidenceKind, region: LoadedRegion, machine: Machine, reporter: Reporter
) -> Evidence:
    """What metrics that ask for this kind of evidence score a model by on a region. Raises as `run`."""
    with own_model_told(spec):
        model = machine.resolve(spec, machine.locations, reporter)
        digest = model.network_digest(network_code(spec))
        extraction = machine.extraction_of(spec)
        job = Job(spec, model, digest, machine.locations, machine.device, extraction, reporter)
        return gather(kind, job, region)
