"""Every study has a complete card and a page, every benchmark a region, and a study got by hand says so."""

from pathlib import Path
from typing import Any

import pytest

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import measure_of
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.catalogue import DATASETS

PAGES = Path(__file__).parents[2] / "docs" / "datasets"
BY_HAND = [name for name, study in DATASETS.items() if not study.card.files]


@pytest.mark.parametrize("name", DATASETS)
def test_a_study_has_a_card_a_page_and_a_benchmark_for_every_region(name: str) -> None:
    card = DATASETS[name].card
    assert all((card.title, card.citation, card.licence, card.access))
    page = (PAGES / f"{name}.md").read_text()
    assert page.startswith(f"# {name}: ")
    used = {each.region for each in BENCHMARKS.values() if each.dataset == name}
    assert used == set(DATASETS[name].regions)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_study_got_by_hand_says_so_where_it_is_not(own: Any, name: str) -> None:
    study = DATASETS[name]
    assert f"docs/datasets/{name}.md" in study.card.access
    for region in study.regions:
        assert not study.is_here(region, own.locations)
    with pytest.raises(DataUnavailableError, match=f"{name} is not here.*docs/datasets/{name}.md"):
        study.load(next(iter(study.regions)), own.locations, Silent())


def test_a_region_of_one_subject_says_which() -> None:
    for study in DATASETS.values():
        assert set(study.subject_of) <= set(study.regions)
        assert all(study.subject_of.values())
    monkeys = [DATASETS["cowley2023"].subject_of[region] for region in DATASETS["cowley2023"].regions]
    assert sorted(monkeys) == ["monkey PE", "monkey PE", "monkey PE", "monkey RA", "monkey WE"]
    of_nsd = DATASETS["nsd"].subject_of
    assert of_nsd["subj01.v1"] == "subj01"
    assert not any(region.startswith("shared") for region in of_nsd)
    assert DATASETS["kriegeskorte2008"].subject_of == {}


def test_what_was_measured_and_what_makes_groups_is_said(locations: Locations) -> None:
    for study in DATASETS.values():
        assert set(study.grouped_by) <= set(study.regions)
    for name, region, counted in (
        ("cowley2023", "v4-210325", "38 pairs"),
        ("cowley2023", "v4-210225", ""),
        ("geirhos2021", "cue-conflict", "160 groups"),
        ("geirhos2021", "edge", ""),
        ("kriegeskorte2008", "human-it", ""),
        ("cichy2014", "evc", ""),
        ("miyawaki2008", "v1", ""),
        ("peterson2019", "cifar10h", ""),
    ):
        assembly = DATASETS[name].assembly(region, locations, Silent())
        assert measure_of(assembly) is DATASETS[name].regions[region]
        grouped = bool(assembly.group_of) if isinstance(assembly, BehaviouralAssembly) else bool(assembly.groups)
        assert grouped == bool(counted)
        assert counted in DATASETS[name].grouped_by.get(region, "")
