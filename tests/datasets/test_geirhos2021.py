"""The experiments from their files, and the golden values of docs/conventions.md through the benchmarks."""

from pathlib import Path

import numpy as np
import pytest
from golden import PEOPLE, RESNET50, SHAPE_BIAS_MEAN, SHAPE_BIAS_RESNET50

from brainrank.benchmark.metrics.behaviour.aggregation import PUBLISHED_EXCLUSIONS
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets import geirhos2021
from brainrank.datasets.readers.trials import read_trials
from tests.datasets.readers.test_release_archives import packed, png

RECORDED = "github/wichmann-lab/error-consistency/eb53bdb5d8e48166c56b9201842b19e8259506c5/raw-data"
FOLDERS = {"cue-conflict": "cue-conflict", "edge": "edges", "silhouette": "silhouettes"}


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


def test_cue_conflict_images_of_one_shape_are_a_group(locations: Locations) -> None:
    trials = people("cue-conflict", locations)
    assert trials.group_of is not None
    groups = [trials.group_of[each] for each in trials.stimulus_ids]
    sizes = [groups.count(each) for each in sorted(set(groups))]
    assert (len(sizes), min(sizes), max(sizes)) == (160, 4, 13)
    assert trials.group_of["cat7-elephant1.png"] == trials.group_of["cat7-boat3.png"] == "cat7"
    assert trials.select(np.arange(20)).group_of == trials.group_of
    assert people("edge", locations).group_of is None


@pytest.mark.parametrize(("experiment", "kappa", "accuracy"), RESNET50)
def test_golden_values_of_resnet50(locations: Locations, experiment: str, kappa: float, accuracy: float) -> None:
    assert locations.mirror is not None
    folder = FOLDERS[experiment]
    path = locations.mirror / RECORDED / f"texture-shape_{folder}" / f"texture-shape_{folder}_resnet50_session-1.csv"
    recorded = read_trials([path])
    metric, choices = ErrorConsistencyMetric(draws=200), Choices(tuple(recorded.stimulus_id), tuple(recorded.response))
    score = metric.score(choices, people(experiment, locations))
    assert score.value == pytest.approx(kappa, abs=1e-4)
    assert score.interval.low < score.value < score.interval.high
    assert np.mean([each.value for each in score.per_subject]) == pytest.approx(score.value)
    details = {each.name: each for each in score.details}
    assert details["accuracy"].value == pytest.approx(accuracy, abs=1e-4)
    assert details["kappa_min"].value <= score.value <= details["kappa_max"].value
    if experiment == "cue-conflict":
        assert details["shape bias"].value == pytest.approx(SHAPE_BIAS_RESNET50, abs=1e-4)
        assert details["shape bias"].reference == pytest.approx(SHAPE_BIAS_MEAN, abs=1e-5)


@pytest.mark.parametrize(
    ("experiment", "kappa", "observed", "accuracy"),
    PEOPLE,
)
def test_golden_values_of_people_through_the_benchmark(
    locations: Locations, experiment: str, kappa: float, observed: float, accuracy: float
) -> None:
    metric, trials = BENCHMARKS[f"geirhos2021.{experiment}.error-consistency"].metric, people(experiment, locations)
    ceiling = metric.ceiling(trials)
    assert ceiling.lower == pytest.approx(kappa, abs=1e-4)
    assert ceiling.interval is not None
    assert ceiling.interval.low < kappa < ceiling.interval.high
    references = {each.name: each.reference for each in metric.references(trials)}
    assert references["observed consistency"] == pytest.approx(observed, abs=1e-4)
    assert references["accuracy"] == pytest.approx(accuracy, abs=1e-4)


def test_every_experiment_has_a_benchmark_whose_exclusions_start_with_its_control() -> None:
    for experiment in geirhos2021.DATASET.regions:
        assert BENCHMARKS[f"geirhos2021.{experiment}.error-consistency"].region == experiment
    assert len(geirhos2021.DATASET.regions) == 17
    controls = {experiment: excluded[0] for experiment, excluded in PUBLISHED_EXCLUSIONS.items()}
    assert controls == geirhos2021.UNDISTORTED


IMAGES = [(condition, name) for condition in ("0.00", "0.35", "0.90") for name in ("bear", "cat", "dog", "truck")]


def own_copy(studies: Path) -> Locations:
    """A tiny uniform-noise experiment, laid out as the release and the repository lay theirs out."""
    folder = studies / "geirhos2021" / "uniform-noise"
    folder.mkdir(parents=True)
    images = {}
    for place, (condition, name) in enumerate(IMAGES):
        images[f"uniform-noise/dnn/session-1/{place:04d}_nse_dnn_{condition}_{name}_10_n0_{place}.png"] = png(place)
    packed(studies / "geirhos2021" / "uniform-noise.tar.gz", images)
    for person in ("subject-01", "subject-02", "resnet50"):
        lines = ["subj,Session,trial,rt,object_response,category,condition,imagename"]
        for place, (condition, name) in enumerate(IMAGES):
            image = f"{place:04d}_nse_s01_{condition}_{name}_10_n0_{place}.png"
            lines.append(f"{person},1,{place},0.5,{name},{name},{condition},{image}")
        (folder / f"uniform-noise_{person}_session_1.csv").write_text("\n".join(lines) + "\n")
    return Locations(home=studies / "home", own_studies=studies)


def test_an_experiment_copied_by_hand_is_read_joined_and_scored(tmp_path: Path) -> None:
    locations = own_copy(tmp_path)
    study = geirhos2021.DATASET
    assert study.is_here("uniform-noise", locations)
    stimuli, trials, training, _ = study.load("uniform-noise", locations, Silent())
    assert isinstance(trials, BehaviouralAssembly)
    assert trials.observers == ("subject-01", "subject-02")
    assert trials.conditions == ("0", "0.35", "0.9")
    assert set(stimuli.ids) == set(trials.stimulus_ids)
    assert training is not None
    assert sorted(training.categories) == ["bear", "cat", "dog", "truck"]
    assert {training.group_of[each] for each in training.stimuli.ids} == set(trials.within(["0"]).stimulus_ids)
    assert not set(training.stimuli.ids) & set(stimuli.ids)
    right = Choices(trials.stimulus_ids, tuple(trials.category[np.unique(trials.stimulus_id, return_index=True)[1]]))
    score = ErrorConsistencyMetric(excluded=("0", "0.9"), draws=50).score(right, trials)
    assert {each.name: each.value for each in score.details}["accuracy"] == 1.0


def test_what_is_missing_is_said_with_its_remedy(tmp_path: Path) -> None:
    empty = Locations(home=tmp_path)
    study = geirhos2021.DATASET
    assert not study.is_here("sketch", empty)
    with pytest.raises(DataUnavailableError, match=r"sketch.tar.gz .*put it into .*studies/geirhos2021"):
        study.stimuli("sketch", empty, Silent())
    with pytest.raises(
        DataUnavailableError, match=r"trials of sketch are not here. Copy \*_subject-\*.csv from .*sketch"
    ):
        study.assembly("sketch", empty, Silent())


def test_people_are_told_from_trials_alone(locations: Locations) -> None:
    """Without the archive a benchmark has its ceiling and what people reach, and no images."""
    trials = people("contrast", locations)
    metric = BENCHMARKS["geirhos2021.contrast.error-consistency"].metric
    assert 0.2 < metric.ceiling(trials).lower < 0.8
    assert {each.name for each in metric.references(trials)} >= {"accuracy", "kappa_max", "confusion correlation"}
    with pytest.raises(DataUnavailableError, match=r"contrast.tar.gz .photographs are under ImageNet's terms"):
        geirhos2021.DATASET.stimuli("contrast", locations, Silent())
