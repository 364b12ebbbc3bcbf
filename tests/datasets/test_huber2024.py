"""People's and networks' learning: published accuracies by epoch, images in the order of their ids, whole runs."""

from collections import Counter

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.learning_curves.curves import learning_curves
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets import huber2024

# Training and test of each epoch, as filed with the data; people's .5625 and .59259 are there with three digits.
PEOPLE = ((0.451, 0.563, 0.593, 0.641, 0.630, 0.694), (0.469, 0.498, 0.564, 0.590, 0.665, 0.665))
RESNET_50 = ((0.636, 0.899, 0.914, 0.906, 0.892, 0.906), (0.458, 0.534, 0.614, 0.737, 0.739, 0.702))


def people(locations: Locations) -> BehaviouralAssembly:
    found = huber2024.DATASET.assembly(huber2024.REGION, locations, Silent())
    assert isinstance(found, BehaviouralAssembly)
    return found


def test_accuracy_by_epoch_is_the_published_one(locations: Locations) -> None:
    found = people(locations)
    assert (len(found), len(found.observers)) == (6264, 12)
    assert mean_of_defined(learning_curves(found)) == pytest.approx(np.array(PEOPLE), abs=6e-4)
    resnet = huber2024.networks(locations, Silent())["ResNet-50"]
    assert mean_of_defined(learning_curves(resnet)) == pytest.approx(np.array(RESNET_50), abs=6e-4)


def test_networks_have_twenty_whole_runs_each_image_once_an_epoch(locations: Locations) -> None:
    found = huber2024.networks(locations, Silent())
    assert tuple(found) == tuple(huber2024.NETWORKS)
    for trials in found.values():
        assert trials.models == set(trials.observers)
        assert len(trials.observers) == 20
        # No image twice under one condition is checked by the assembly; so 36 of training are all of them.
        assert set(Counter(zip(trials.observer, trials.condition, strict=True)).values()) == {36, 51}


def test_images_are_in_the_order_of_trials_and_sets_are_of_six_objects(locations: Locations) -> None:
    stimuli, found = huber2024.DATASET.stimuli(huber2024.REGION, locations, Silent()), people(locations)
    assert stimuli.ids == found.stimulus_ids
    taught = {each.object for each in huber2024.shown_images() if each.image_set == "train"}
    assert Counter(each.image_set for each in huber2024.shown_images())["train"] == 36
    for number in range(1, 7):
        of_set = Counter(each.object for each in huber2024.shown_images() if each.image_set == f"testset_{number}")
        assert sorted(of_set.values()) == [8, 8, 8, 9, 9, 9]
        assert {name for name, images in of_set.items() if images == 8} == set(of_set) & taught
    assert found.group_of is not None
    assert huber2024.DATASET.grouped_by[huber2024.REGION].endswith(f"{len(set(found.group_of.values()))} groups")


def test_two_people_saw_the_tests_in_another_order(locations: Locations) -> None:
    found = people(locations)
    set_of = {each.file.name: each.image_set for each in huber2024.shown_images()}
    first = {
        who: {set_of[name] for name in found.stimulus_id[(found.observer == who) & (found.condition == "test-1")]}
        for who in found.observers
    }
    assert {who for who, sets in first.items() if sets == {"testset_4"}} == {"person-01", "person-07"}
    assert all(sets == {"testset_1"} for who, sets in first.items() if who not in {"person-01", "person-07"})
