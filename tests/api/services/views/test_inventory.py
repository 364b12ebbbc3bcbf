"""What there is to choose from: facts that are known before anything is loaded."""

from pathlib import Path

import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.services.views.inventory import benchmark_facts, dataset_facts, model_facts, models_of
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.catalogue import FAMILIES, MODELS, find_model


def test_families_part_the_models() -> None:
    by_family = [each.name for family in FAMILIES for each in models_of(family)]
    assert sorted(by_family) == sorted(MODELS) == sorted(each.name for each in models_of(None))
    with pytest.raises(UnknownNameError, match="did you mean classical"):
        models_of("clasical")


def test_a_model_that_nobody_has_described_has_nothing_invented(tmp_path: Path) -> None:
    found = model_facts(
        ModelSpec("mine", "supervised", "file:/nowhere/mine.pth#timm:resnet18"), Locations(home=tmp_path)
    )
    assert (found.paper, found.training_data, found.objective, found.parameters_million, found.licence) == (None,) * 5
    assert (found.layers, found.weights_sources, found.weights_sha256) == ([], [], None)


def test_a_model_of_the_catalogue_says_where_it_comes_from(tmp_path: Path) -> None:
    spec = find_model("efficientnet-lite0")
    found = model_facts(spec, Locations(home=tmp_path))
    assert spec.card is not None
    assert (found.paper, found.objective, found.digest) == (spec.card.paper, spec.card.objective.value, spec.digest)
    assert found.layers == list(spec.layers)


def test_benchmarks_and_studies_say_what_can_be_had(tmp_path: Path) -> None:
    catalogue, locations = tiny_catalogue(tmp_path), Locations(home=tmp_path / "home")
    found = benchmark_facts(catalogue.benchmarks.values(), catalogue, locations)
    assert [(each.name, each.group, each.can_be_had) for each in found] == [(name, "tiny", True) for name in NAMES]
    assert [each.subject for each in found] == ["", "monkey T"]
    (study,) = dataset_facts(catalogue, locations)
    assert (study.name, study.here, study.regions, study.licence) == ("tiny2026", "yes", "it, v1", "CC0")


def test_a_benchmark_of_one_animal_names_it(tmp_path: Path) -> None:
    catalogue = built_in()
    (found,) = benchmark_facts(catalogue.select("cowley2023.v4-210621.encoding"), catalogue, Locations(home=tmp_path))
    assert found.subject == "monkey RA"
