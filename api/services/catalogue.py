"""What there is to score on, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.catalogue import Catalogue, built_in
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import NoiseCeiling
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import Assembly


def open_catalogue(_locations: Locations) -> Catalogue:
    """The studies that come with brainrank."""
    return built_in()


@dataclass(frozen=True)
class Description:
    """A benchmark, its study's card, how much was measured, the ceiling, and what people reach on other measures."""

    benchmark: Benchmark
    card: DatasetCard
    sizes: Mapping[str, int]
    ceiling: NoiseCeiling
    references: Mapping[str, float]


def describe(benchmark: Benchmark, catalogue: Catalogue, locations: Locations, reporter: Reporter) -> Description:
    """Describe a benchmark from what was measured, without its images; errors as of `Catalogue.load`."""
    dataset = catalogue.dataset(benchmark.dataset)
    assembly = dataset.assembly(benchmark.region, locations, reporter)
    return Description(
        benchmark=benchmark,
        card=dataset.card,
        sizes=_sizes(assembly),
        ceiling=benchmark.metric.ceiling(assembly),
        references={each.name: each.reference for each in benchmark.metric.references(assembly)},
    )


def _sizes(assembly: Assembly) -> Mapping[str, int]:
    if isinstance(assembly, RdmAssembly):
        return {"stimuli": len(assembly.stimulus_ids), "subjects": len(assembly.subjects)}
    if isinstance(assembly, ResponseAssembly):
        stimuli, repeats, targets = assembly.responses.shape
        return {"stimuli": stimuli, "repeats at most": repeats, "targets": targets}
    if isinstance(assembly, BehaviouralAssembly):
        counted = {"trials": len(assembly), "conditions": len(assembly.conditions)}
        return {"stimuli": len(assembly.stimulus_ids), "observers": len(assembly.observers)} | counted
    return {"stimuli": len(assembly.stimulus_ids)}
