"""What there is to choose from, as rows of plain values: models, benchmarks, data sets."""

from typing import Any

from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.datasets.dataset import Dataset
from brainrank.models_zoo.catalogue import FAMILIES, MODELS
from brainrank.models_zoo.weight_files import weights_of


def models_of(family: str | None) -> list[ModelSpec]:
    """The catalogue's models, or those of a family. Raises UnknownNameError for a family that there is not."""
    if family is not None and family not in FAMILIES:
        raise UnknownNameError("family", family, FAMILIES)
    return [spec for spec in MODELS.values() if family in {None, spec.family}]


def model_row(spec: ModelSpec, locations: Locations) -> dict[str, Any]:
    """What is known of a model before it is loaded, and whether its weights are here."""
    card, weights = spec.card, spec.weights
    return {
        "name": spec.name,
        "family": spec.family,
        "description": spec.description,
        "source": spec.source,
        "paper": card and card.paper,
        "training_data": card and card.training_data,
        "objective": card and card.objective.value,
        "parameters_million": card and card.parameters_million,
        "licence": card and card.licence,
        "weights": weights_of(spec, locations).value,
        "weights_sha256": weights.sha256 if weights else spec.file_sha256 or None,
        "weights_sources": list(weights.sources) if weights else [],
        "layers": list(spec.layers),
        "digest": spec.digest,
    }


def benchmark_rows(catalogue: Catalogue, locations: Locations) -> list[dict[str, Any]]:
    """Every benchmark, and whether its data are on this machine or are fetched when first used."""
    return [
        {
            "name": each.name,
            "version": each.version,
            "group": each.group,
            "dataset": each.dataset,
            "title": each.title,
            "can_be_had": catalogue.dataset(each.dataset).can_be_had(each.region, locations),
        }
        for each in catalogue.benchmarks.values()
    ]


def dataset_rows(catalogue: Catalogue, locations: Locations) -> list[dict[str, Any]]:
    """Every study, whether its files are on this machine, and what one may do with them."""
    return [
        {
            "name": each.card.name,
            "here": _here(each, locations),
            "title": each.card.title,
            "regions": ", ".join(each.regions),
            "groups": "; ".join(f"{region}: {words}" for region, words in each.grouped_by.items()),
            "licence": each.card.licence,
            "citation": each.card.citation,
        }
        for each in catalogue.datasets.values()
    ]


def _here(dataset: Dataset, locations: Locations) -> str:
    missing = [region for region in dataset.regions if not dataset.is_here(region, locations)]
    if not missing:
        return "yes"
    some = "" if len(missing) == len(dataset.regions) else f" ({', '.join(missing)})"
    return f"no{some}; {dataset.card.access}"
