"""What there is to score on, and what is known of it."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainrank.api.services.submissions.packages import package_in_place
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.scoring.declarations import declared_benchmarks
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.score import NoiseCeiling
from brainrank.benchmark.types.timed_assemblies import TimedContrasts, TimedRdms, TimedResponses
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.groups import groups_of
from brainrank.datasets.package.added import added_packages
from brainrank.datasets.package.description import DESCRIPTION


def open_catalogue(locations: Locations, wanted: Sequence[str] = ()) -> Catalogue:
    """The studies that come with brainrank, and the packages of one's own data that were added.

    With `wanted`, only these: names of data sets, or folders of packages, which are used where they lie. Raises
    UnknownNameError for another name, and InvalidDataError for a package that is not in order.
    """
    studies, added = built_in(), added_packages(locations)
    in_place = {
        each: package_in_place(Path(each), locations)
        for each in wanted
        if _is_package(each, {*studies.datasets, *added})
    }
    names = [in_place[each].name if each in in_place else each for each in wanted]
    own = added | {package.name: package for package in in_place.values()}
    for name, package in own.items():
        if name in studies.datasets:
            raise InvalidDataError(
                f"{package.folder} has the name of a study of brainrank, '{name}'; give it another name, and if it was "
                f"added: brainrank dataset remove {name}"
            )
    declared = [declared_benchmarks(package) for package in own.values()]
    catalogue = Catalogue(
        {**studies.datasets, **{name: package.dataset() for name, package in own.items()}},
        {**studies.benchmarks, **{name: each for benchmarks in declared for name, each in benchmarks.items()}},
    )
    return catalogue.only(names) if names else catalogue


def _is_package(text: str, known: Container[str]) -> bool:
    """Whether a text means a folder: one with a description, or one that nothing else is called."""
    return (Path(text) / DESCRIPTION).is_file() or (text not in known and Path(text).is_dir())


@dataclass(frozen=True)
class Description:
    """A benchmark, its study's card, how much was measured and how it was made, the ceiling, and what people reach.

    People's are on other measures. `subject` is empty where several were measured, or it is not told.
    """

    benchmark: Benchmark
    card: DatasetCard
    subject: str
    sizes: Mapping[str, int]
    preprocessing: str
    ceiling: NoiseCeiling
    references: Mapping[str, float]


def describe(benchmark: Benchmark, catalogue: Catalogue, locations: Locations, reporter: Reporter) -> Description:
    """Describe a benchmark from what was measured, without its images; errors as of `Catalogue.load`."""
    dataset = catalogue.dataset(benchmark.dataset)
    assembly = dataset.assembly(benchmark.region, locations, reporter)
    return Description(
        benchmark=benchmark,
        card=dataset.card,
        subject=catalogue.subject(benchmark),
        sizes=sizes(assembly),
        preprocessing=dataset.preprocessing.get(benchmark.region, ""),
        ceiling=benchmark.metric.ceiling(assembly),
        references={each.name: each.reference for each in benchmark.metric.references(assembly)},
    )


def sizes(assembly: Assembly) -> Mapping[str, int]:
    """How much was measured: counts by what is counted; of groups where not every stimulus stands for itself."""
    counted = dict(_sizes(assembly))
    groups = _groups(assembly)
    return {"stimuli": counted.pop("stimuli")} | ({} if groups is None else {"groups of stimuli": groups}) | counted


def _groups(assembly: Assembly) -> int | None:
    if isinstance(assembly, BehaviouralAssembly):
        groups = groups_of(assembly.stimulus_ids, assembly.group_of or {})
    else:
        groups = None if isinstance(assembly, TimedContrasts) else assembly.groups
    return None if groups is None or len(set(groups)) == len(groups) else len(set(groups))


def _sizes(assembly: Assembly) -> Mapping[str, int]:
    if isinstance(assembly, RdmAssembly):
        return {"stimuli": len(assembly.stimulus_ids), "subjects": len(assembly.subjects)}
    if isinstance(assembly, TimedRdms):
        shape = {"subjects": len(assembly.subjects), "times": len(assembly.times_ms)}
        return {"stimuli": len(assembly.stimulus_ids)} | shape
    if isinstance(assembly, TimedResponses):
        stimuli, repeats, targets, times = assembly.responses.shape
        return {"stimuli": stimuli, "repeats at most": repeats, "targets": targets, "times": times}
    if isinstance(assembly, TimedContrasts):
        shape = {"subjects": len(assembly.subjects), "times": len(assembly.times_ms)}
        return {"stimuli": len(assembly.stimulus_ids), "contrasts": len(assembly.contrasts)} | shape
    if isinstance(assembly, ResponseAssembly):
        stimuli, repeats, targets = assembly.responses.shape
        return {"stimuli": stimuli, "repeats at most": repeats, "targets": targets}
    if isinstance(assembly, BehaviouralAssembly):
        counted = {"trials": len(assembly), "conditions": len(assembly.conditions)}
        return {"stimuli": len(assembly.stimulus_ids), "observers": len(assembly.observers)} | counted
    if isinstance(assembly, DepictionAssembly):
        return {"stimuli": len(assembly.stimulus_ids), "depictions": len(assembly.depictions)}
    if isinstance(assembly, TripletAssembly):
        subjects = {} if assembly.subjects is None else {"subjects": len(set(assembly.subjects))}
        return {"stimuli": len(assembly.stimulus_ids), "triplets": len(assembly.triplets)} | subjects
    return {"stimuli": len(assembly.stimulus_ids)}
