"""Gokce & Schrimpf 2024: what the two files hold, and what of them is not taken as it stands."""

import math
from collections import Counter

import pytest

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.catalogue import DATASETS
from brainrank.datasets.published.catalogue import CATALOGUE, publication
from brainrank.datasets.published.gokce2024 import BEHAVIOUR, IT, V2
from brainrank.datasets.published.scores import PublishedLine, benchmarks_of, lines_of


@pytest.fixture(scope="module")
def networks(locations: Locations) -> dict[str, PublishedLine]:
    lines = lines_of(publication("gokce2024").load(locations, Silent()))
    return {each.model.name: each for each in lines}


def test_every_network_is_on_five_benchmarks(networks: dict[str, PublishedLine]) -> None:
    assert len(networks) == 993
    assert {len(each.scores) for each in networks.values()} == {5}
    missing = [(name, key) for name, each in networks.items() for key, it in each.scores.items() if math.isnan(it)]
    assert {key for _, key in missing} == {V2}
    assert len(missing) == 6
    assert all("_random_" in name for name, _ in missing)
    resnet = networks["resnet50_imagenet_full_seed-1"]
    assert resnet.scores[IT] == pytest.approx(0.560872, abs=1e-6)
    assert (resnet.model.seed, resnet.model.samples_seen, resnet.model.objective) == (1, 128116700, "classification")


def test_what_a_network_saw_is_not_told_where_the_number_cannot_be_it(networks: dict[str, PublishedLine]) -> None:
    clip = networks["Model-B-16_Data-2B_Samples-34B_lr-1e-3_bs-88k"].model
    assert math.isnan(clip.samples_seen)
    assert clip.objective == "language"
    continued = networks["adv_resnet50_imagenet_1_ffgsm_eps-1_alpha-125-ep10_seed-0"]
    assert math.isnan(continued.model.samples_seen)
    assert continued.scores[IT] > 2 * networks["resnet50_imagenet_1_seed-0"].scores[IT]
    assert networks["adv_resnet18_imagenet_scratch-ffgsm_eps-1_alpha-125_lr-01"].model.samples_seen == 128116700
    untold = [each.model for each in networks.values() if math.isnan(each.model.samples_seen)]
    assert len(untold) == 182 + 41 + 4


def test_objectives_come_of_the_flags(networks: dict[str, PublishedLine]) -> None:
    counts = Counter(each.model.objective for each in networks.values())
    assert counts == {
        "classification": 680, "": 164, "untrained": 48, "adversarial classification": 44, "simclr": 36, "language": 18,
        "dino": 3,
    }  # fmt: skip
    untrained = [each.model for each in networks.values() if each.model.objective == "untrained"]
    assert {(each.training_data, each.samples_seen) for each in untrained} == {("", 0)}


def test_runs_over_training_are_states_of_one_network(locations: Locations) -> None:
    lines = lines_of(publication("gokce2024-training").load(locations, Silent()))
    states = Counter(each.model.name for each in lines)
    assert (len(lines), len(states)) == (1290, 43)
    assert (min(states.values()), max(states.values())) == (26, 32)
    assert BEHAVIOUR in benchmarks_of(lines)


def test_cards_are_complete_and_recordings_are_of_studies_there_are() -> None:
    for name, each in CATALOGUE.items():
        assert each.card.name == name
        assert all((each.card.citation, each.card.licence, each.card.access, each.meaning, each.columns))
        for recordings in each.same_recordings.values():
            assert recordings.region in DATASETS[recordings.dataset].regions
            assert each.differs
    assert not set(CATALOGUE) & set(DATASETS)
    with pytest.raises(UnknownNameError, match="did you mean gokce2024"):
        publication("gokce2023")
