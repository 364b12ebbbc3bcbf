"""Models taught in the study's setting: readouts and whole networks, recorded learners, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from brainrank.api.services.analysis.learning import (
    LearningAnalysis,
    Teaching,
    analyse_learning,
    as_learners,
    fine_tuned,
    load_learning,
    write_trials,
)
from brainrank.api.services.analysis.measured_region import layers_on
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.learning_curves.measures import ACCURACY_LAG, learning_measures
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import huber2024
from brainrank.models_zoo.catalogue import find_model

SMALL = "controlled-untrained"


@pytest.fixture(scope="module")
def machine(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    own = Settings(home=tmp_path_factory.mktemp("home"), mirror=mirror)
    with open_machine(own, open_catalogue(own.locations), device="cpu") as opened:
        yield opened


@pytest.fixture(scope="module")
def found(machine: Machine) -> LearningAnalysis:
    return analyse_learning([find_model("pixels"), find_model(SMALL)], Teaching(draws=60), machine, Silent())


def test_people_and_six_networks_stand_beside_the_models(found: LearningAnalysis) -> None:
    assert [each.name for each in found.learners] == ["pixels", SMALL]
    assert [each.name for each in found.networks] == list(huber2024.NETWORKS)
    assert found.people.score is None
    assert found.people.measures["test accuracy, epoch 6"].value == pytest.approx(0.665, abs=6e-4)
    assert 0 < found.ceiling.lower < found.ceiling.upper < 1
    for each in (*found.learners, *found.networks):
        assert each.score is not None
        assert each.score.interval.low < each.score.value < each.score.interval.high
        assert set(each.measures) == set(found.people.measures)


def test_what_is_told_is_the_benchmarks_score(found: LearningAnalysis, machine: Machine) -> None:
    region = load_learning(machine.locations, Silent())
    metric = BENCHMARKS["huber2024.learning"].metric
    layers = layers_on(find_model(SMALL), region, machine, Silent())
    scored = metric.score(layers, region.assembly)
    assert found.learners[1].score is not None
    assert scored.value == found.learners[1].score.value
    assert found.learners[1].how == f"a readout of {scored.layers[0]}"
    assert (metric.unit, Teaching().metric) == ("explained learning", metric)


def test_trials_that_were_written_are_a_recorded_learner(
    found: LearningAnalysis, machine: Machine, tmp_path: Path
) -> None:
    write_trials(found.learners[0], tmp_path / "mine.csv")
    (file,) = as_learners([f"trials:{tmp_path / 'mine.csv'}"], several=False)
    assert isinstance(file, Path)
    again = analyse_learning([file], Teaching(draws=60), machine, Silent()).learners[0]
    assert again.name == "mine"
    assert again.score is not None
    assert found.learners[0].score is not None
    assert again.score.value == found.learners[0].score.value
    assert again.measures[ACCURACY_LAG].value == found.learners[0].measures[ACCURACY_LAG].value


def test_all_weights_are_taught_the_same_way_twice_and_learn(machine: Machine) -> None:
    region, teaching = load_learning(machine.locations, Silent()), Teaching(fine_tune=True, runs=2)
    first, second = (
        fine_tuned(find_model("controlled-supervised"), teaching, region, machine, Silent()) for _ in range(2)
    )
    np.testing.assert_array_equal(first.trials.response, second.trials.response)
    assert first.layer == "embedding"
    assert learning_measures(first.trials)["training accuracy, epoch 6"] > 0.7
    tested = first.trials.condition == "test-1"
    assert len(set(first.trials.stimulus_id[tested])) == 102  # both orders of people's tests


@pytest.mark.parametrize(
    ("model", "teaching", "told"),
    [
        ("pixels", Teaching(layer="no-such", draws=60), "layer of pixels"),
        ("pixels", Teaching(fine_tune=True, runs=2, draws=60), "no weights that could move"),
    ],
)
def test_what_cannot_be_taught_is_refused(model: str, teaching: Teaching, told: str, machine: Machine) -> None:
    with pytest.raises((InvalidDataError, UnknownNameError), match=told):
        analyse_learning([find_model(model)], teaching, machine, Silent())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("run,phase,image_name,ground_truth,prediction\n", "has no column epoch"),
        ("run,epoch,phase,image_name,ground_truth,prediction\n1,1,practice,a.png,p,p\n", "phase practice; write train"),
        ("run,epoch,phase,image_name,ground_truth,prediction\n1,1,train,a.png,p,p\n", "give each trial its phase"),
    ],
)
def test_trials_without_epochs_are_refused(text: str, told: str, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(InvalidDataError, match=told):
        analyse_learning([tmp_path / "mine.csv"], Teaching(draws=60), machine, Silent())


def test_one_file_is_of_one_model_and_a_name_must_exist() -> None:
    with pytest.raises(UserError, match="name one model"):
        as_learners(["pixels", "gabor"], several=False)
    with pytest.raises(UserError, match="pixel"):
        as_learners(["pixelz"])
