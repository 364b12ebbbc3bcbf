"""People's trials from their files: accuracies by age as told with the data, and images shared with geirhos2021."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.shape_bias import cue_decisions, shape_bias
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets import geirhos2021, robustness2023

ACCURACY = (
    ("04-06-years", 21, 775, 0.51),
    ("07-09-years", 11, 1212, 0.66),
    ("10-12-years", 12, 1248, 0.74),
    ("13-15-years", 8, 1356, 0.76),
    ("adults", 3, 576, 0.82),
)


def people(region: str, locations: Locations) -> BehaviouralAssembly:
    found = robustness2023.DATASET.assembly(region, locations, Silent())
    assert isinstance(found, BehaviouralAssembly)
    return found


@pytest.mark.parametrize(("age", "observers", "trials", "accuracy"), ACCURACY)
def test_accuracy_for_shape_by_age_is_the_published_one(
    locations: Locations, age: str, observers: int, trials: int, accuracy: float
) -> None:
    found = people(age, locations)
    assert (len(found.observers), len(found), found.conditions) == (observers, trials, (age,))
    each = [found.correct[found.observer == who].mean() for who in found.observers]
    assert round(float(np.mean(each)), 2) == accuracy
    references = {
        each.name: each.reference
        for each in BENCHMARKS[f"robustness2023.{age}.error-consistency"].metric.references(found)
    }
    assert references["accuracy"] == pytest.approx(np.mean(each))


def test_everybody_goes_by_shape_and_has_reaction_times(locations: Locations) -> None:
    for age in robustness2023.AGES:
        found = people(age, locations)
        assert shape_bias(cue_decisions(found)).mean > 0.8
        assert found.reaction_time_s is not None
        assert (found.reaction_time_s > 0).all()


def test_all_ages_are_those_of_each_as_conditions(locations: Locations) -> None:
    found = people("all-ages", locations)
    assert found.conditions == robustness2023.AGES
    assert len(found) == sum(trials for _, _, trials, _ in ACCURACY)
    for age in robustness2023.AGES:
        assert found.within([age]).observers == people(age, locations).observers


def test_images_and_what_readouts_are_fitted_on_are_those_of_geirhos2021(locations: Locations) -> None:
    study, images = robustness2023.DATASET, geirhos2021.DATASET
    stimuli = study.stimuli("adults", locations, Silent())
    assert stimuli.digest == images.stimuli("cue-conflict", locations, Silent()).digest
    assert study.training("adults", locations, Silent()) == images.training("cue-conflict", locations, Silent())
    assert set(people("all-ages", locations).stimulus_ids) <= set(stimuli.ids)


@pytest.mark.parametrize("region", robustness2023.DATASET.regions)
def test_images_of_one_shape_are_a_group(locations: Locations, region: str) -> None:
    found = people(region, locations)
    assert found.group_of == {each: geirhos2021.photograph(each) for each in found.stimulus_ids}
    counted = len(set(found.group_of.values()))
    assert robustness2023.DATASET.grouped_by[region].endswith(f": {counted} groups")


@pytest.mark.parametrize("region", robustness2023.DATASET.regions)
def test_titles_tell_how_many_images_and_people(locations: Locations, region: str) -> None:
    found = people(region, locations)
    title = BENCHMARKS[f"robustness2023.{region}.error-consistency"].title
    assert f"{len(found.stimulus_ids)} images, {len(found.observers)} people" in title
