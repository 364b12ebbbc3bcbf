"""The three experiments from their files, and the golden values of CONVENTIONS.md, section 3, through the metric."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.metric import ErrorConsistencyMetric
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets import geirhos2021
from brainrank.datasets.readers.trials import read_trials

RECORDED = "github/wichmann-lab/error-consistency/eb53bdb5d8e48166c56b9201842b19e8259506c5/raw-data"


def people(experiment: str, locations: Locations) -> BehaviouralAssembly:
    found = geirhos2021.DATASET.assembly(experiment, locations, Silent())
    assert isinstance(found, BehaviouralAssembly)
    return found


@pytest.mark.parametrize(("experiment", "images"), [("cue-conflict", 1280), ("edge", 160), ("silhouette", 160)])
def test_every_image_has_an_answer_of_ten_people(locations: Locations, experiment: str, images: int) -> None:
    trials, stimuli = people(experiment, locations), geirhos2021.DATASET.stimuli(experiment, locations, Silent())
    assert len(stimuli) == images
    assert len(trials.observers) == 10
    assert set(trials.stimulus_ids) == set(stimuli.ids)


@pytest.mark.parametrize(
    ("experiment", "folder", "between_people", "resnet50"),
    [
        ("cue-conflict", "cue-conflict", 0.3311, 0.0680),
        ("edge", "edges", 0.3184, 0.0363),
        ("silhouette", "silhouettes", 0.4757, 0.4281),
    ],
)
def test_golden_kappas(
    locations: Locations,
    experiment: str,
    folder: str,
    between_people: float,
    resnet50: float,
) -> None:
    metric, trials = ErrorConsistencyMetric(draws=200), people(experiment, locations)
    assert metric.ceiling(trials).lower == pytest.approx(between_people, abs=1e-4)
    assert locations.mirror is not None
    path = locations.mirror / RECORDED / f"texture-shape_{folder}" / f"texture-shape_{folder}_resnet50_session-1.csv"
    recorded = read_trials([path])
    choices = Choices(tuple(recorded.stimulus_id), tuple(recorded.response))
    score = metric.score(choices, trials)
    assert score.value == pytest.approx(resnet50, abs=1e-4)
    assert score.interval.low < score.value < score.interval.high
    assert np.isnan(metric.score(None, trials).value)
    assert np.mean([each.value for each in score.per_subject]) == pytest.approx(score.value)
