"""What there is to choose from, a row of facts each: models, benchmarks, data sets."""

from collections.abc import Iterable
from typing import NamedTuple

from brainrank.api.services.views.recovery_results import stored_recovery
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.datasets.dataset import Dataset
from brainrank.models_zoo.catalogue import FAMILIES, MODELS
from brainrank.models_zoo.weight_files import AVAILABLE, weights_of


def models_of(family: str | None, available: Locations | None = None) -> list[ModelSpec]:
    """The catalogue's models, or those of a family; `available`: only those that can be scored there without a hub.

    Raises UnknownNameError for a family that there is not.
    """
    if family is not None and family not in FAMILIES:
        raise UnknownNameError("family", family, FAMILIES)
    found = [spec for spec in MODELS.values() if family in {None, spec.family}]
    return found if available is None else [spec for spec in found if weights_of(spec, available) in AVAILABLE]


class ModelFacts(NamedTuple):
    """What is known of a model before it is loaded, and whether its weights are here; what nobody knows is None."""

    name: str
    family: str
    description: str
    source: str
    paper: str | None
    training_data: str | None
    objective: str | None
    parameters_million: float | None
    licence: str | None
    weights: str
    weights_sha256: str | None
    weights_sources: list[str]
    layers: list[str]
    digest: str


class BenchmarkFacts(NamedTuple):
    """A benchmark, and whether its data are on this machine or are fetched when first used.

    `subject` is the one person or animal that was measured; empty where there are several, or it is not told. Of the
    models at hand, `recovered` is how often each, were it true and as good as measured, would be first, and
    `smallest_difference` what is told with 80 % power; None where that is not known.
    """

    name: str
    version: int
    group: str
    dataset: str
    subject: str
    title: str
    can_be_had: bool
    recovered: float | None
    smallest_difference: float | None


class DatasetFacts(NamedTuple):
    """A study, whether its files are on this machine, and what one may do with them."""

    name: str
    here: str
    title: str
    regions: str
    groups: str
    preprocessing: str
    licence: str
    citation: str


def model_facts(spec: ModelSpec, locations: Locations) -> ModelFacts:
    """What is known of a model before it is loaded."""
    card, weights = spec.card, spec.weights
    return ModelFacts(
        name=spec.name,
        family=spec.family,
        description=spec.description,
        source=spec.source,
        paper=card.paper if card else None,
        training_data=card.training_data if card else None,
        objective=card.objective.value if card else None,
        parameters_million=card.parameters_million if card else None,
        licence=card.licence if card else None,
        weights=weights_of(spec, locations).value,
        weights_sha256=weights.sha256 if weights else spec.file_sha256 or None,
        weights_sources=list(weights.sources) if weights else [],
        layers=list(spec.layers),
        digest=spec.digest,
    )


def benchmark_facts(
    benchmarks: Iterable[Benchmark], catalogue: Catalogue, locations: Locations
) -> list[BenchmarkFacts]:
    """These benchmarks of the catalogue."""
    return [_benchmark_facts(each, catalogue, locations) for each in benchmarks]


def _benchmark_facts(benchmark: Benchmark, catalogue: Catalogue, locations: Locations) -> BenchmarkFacts:
    recovery = stored_recovery(benchmark)
    return BenchmarkFacts(
        name=benchmark.name,
        version=benchmark.version,
        group=benchmark.group,
        dataset=benchmark.dataset,
        subject=catalogue.subject(benchmark),
        title=benchmark.title,
        can_be_had=catalogue.can_be_had(benchmark, locations),
        recovered=None if recovery is None else recovery.as_measured.recovered,
        smallest_difference=None if recovery is None else recovery.as_measured.smallest_difference,
    )


def dataset_facts(catalogue: Catalogue, locations: Locations) -> list[DatasetFacts]:
    """Every study of the catalogue."""
    return [
        DatasetFacts(
            name=each.card.name,
            here=_here(each, locations),
            title=each.card.title,
            regions=", ".join(each.regions),
            groups="; ".join(f"{region}: {words}" for region, words in each.grouped_by.items()),
            preprocessing="; ".join(f"{region}: {words}" for region, words in each.preprocessing.items()),
            licence=each.card.licence,
            citation=each.card.citation,
        )
        for each in catalogue.datasets.values()
    ]


def _here(dataset: Dataset, locations: Locations) -> str:
    missing = [region for region in dataset.regions if not dataset.is_here(region, locations)]
    if not missing:
        return "yes"
    some = "" if len(missing) == len(dataset.regions) else f" ({', '.join(missing)})"
    return f"no{some}; {dataset.card.access}"
