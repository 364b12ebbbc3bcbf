"""A model without a head for the categories, through the scoring path: a readout fitted on the study's other images."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.label_distribution import LabelDistributionMetric
from brainrank.benchmark.readouts import fitted
from brainrank.benchmark.scoring.benchmarks import Benchmark, Metric
from brainrank.benchmark.scoring.run import RunResult, run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.datasets.dataset import LoadedRegion, TrainingImages
from brainrank.datasets.stimulus_files import bitmap, stimulus_file
from brainrank.models_zoo.catalogue import find_model

NAMES = ("bird", "cat", "dog")
JUDGED, TRAINING = 30, 45


def images(folder: Path, names: list[str], *, seed: int) -> StimulusSet:
    """Noise around a colour for each category."""
    rng = np.random.default_rng(seed)
    stimuli = []
    for number, name in enumerate(names):
        pixels = rng.normal(90, 25, (16, 16, 3))
        pixels[..., NAMES.index(name)] += 60
        content = bitmap(np.clip(pixels, 0, 255).astype(np.uint8))
        stimuli.append(stimulus_file(content, folder / f"{seed}-{number}.bmp", f"{seed}-{number}"))
    return StimulusSet(f"set-{seed}", tuple(stimuli))


def result(folder: Path, metric: Metric, assembly: Assembly, judged: StimulusSet) -> RunResult:
    taught = [NAMES[number % 3] for number in range(TRAINING)]
    training = TrainingImages(images(folder, taught, seed=2), tuple(taught), {})
    benchmark = Benchmark("tiny.all.metric", 1, "tiny", "all", "behaviour", metric, "a tiny study")
    region = LoadedRegion(judged, assembly, training)
    return run(
        find_model("pixels"), benchmark, region, locations=Locations(home=folder), device="cpu", reporter=Silent()
    )


@pytest.fixture
def labels() -> NDArray[np.str_]:
    return np.array([NAMES[number % 3] for number in range(JUDGED)])


def test_label_distributions(tmp_path: Path, labels: NDArray[np.str_]) -> None:
    judged = images(tmp_path, labels.tolist(), seed=1)
    counts = 60 * np.eye(3, dtype=int)[np.arange(JUDGED) % 3] + 1
    found = result(tmp_path, LabelDistributionMetric(draws=100), LabelDistributions(judged.ids, NAMES, counts), judged)
    assert 0.5 < found.score.value < found.score.ceiling.upper
    assert {each.name: each.value for each in found.score.details}["accuracy"] == 1
    assert "fitted on 45 images of set-2" in found.receipt.readout
    assert found.receipt.metric["name"] == "label-distribution"


def test_error_consistency(tmp_path: Path, labels: NDArray[np.str_]) -> None:
    judged = images(tmp_path, labels.tolist(), seed=1)
    rng = np.random.default_rng(0)
    answers = [np.where(rng.random(JUDGED) < 0.7, labels, "na") for _ in range(3)]
    people = BehaviouralAssembly(
        observer=np.repeat(["p1", "p2", "p3"], JUDGED),
        stimulus_id=np.tile(judged.ids, 3),
        condition=np.full(3 * JUDGED, "0"),
        response=np.concatenate(answers),
        category=np.tile(labels, 3),
    )
    found = result(tmp_path, ErrorConsistencyMetric(draws=100), people, judged)
    details = {each.name: each for each in found.score.details}
    assert details["accuracy"].value == 1
    assert found.score.value == pytest.approx(0)  # nothing but right answers agrees with people no more than by chance
    assert details["accuracy"].reference == pytest.approx(people.correct.mean())


def test_a_fitted_readout_is_fitted_once(
    tmp_path: Path, labels: NDArray[np.str_], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = images(tmp_path, labels.tolist(), seed=1)
    counts = 60 * np.eye(3, dtype=int)[np.arange(JUDGED) % 3] + 1
    distributions = LabelDistributions(judged.ids, NAMES, counts)
    first = result(tmp_path, LabelDistributionMetric(draws=100), distributions, judged)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(fitted, "cross_fitted", refuse)
    again = result(tmp_path, LabelDistributionMetric(draws=100), distributions, judged)
    assert again.score.value == first.score.value
    assert again.receipt.readout == first.receipt.readout
    assert again.score.choices is not None
    assert first.score.choices is not None
    np.testing.assert_array_equal(again.score.choices.probabilities, first.score.choices.probabilities)
