"""Which device a score is computed on, and what a run on it says: torch on the CPU stands for a card."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_encoding import IMAGES, NAME, TARGETS, wide_catalogue

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.pls import PlsMetric
from brainrank.benchmark.metrics.srp_ridge import SrpRidgeMetric
from brainrank.benchmark.scoring import scoring_device as rule
from brainrank.benchmark.scoring.run import RunResult, run
from brainrank.benchmark.scoring.scoring_device import scoring_device, scoring_on
from brainrank.benchmark.statistics.arrays import current_device
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import Metric
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.catalogue import MODELS

CARD = torch.device("cuda")


class Study:
    """Some images of many targets, and a model's run on them."""

    def __init__(self, folder: Path) -> None:
        self.catalogue, self.locations = wide_catalogue(folder), Locations(home=folder / "home")
        self.benchmark = self.catalogue.benchmark(NAME)
        self.region: LoadedRegion = self.catalogue.load(self.benchmark, self.locations, Silent())

    def run(self, **how: Any) -> RunResult:
        return run(MODELS["pixels"], self.benchmark, self.region, locations=self.locations, reporter=Silent(), **how)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a card, of which 10 GB are free, and a rule for studies as small as this."""
    chosen = {"auto": CARD, "cuda": CARD, "cpu": torch.device("cpu")}
    monkeypatch.setattr("brainrank.benchmark.activations.extract.choose_device", chosen.__getitem__)
    monkeypatch.setattr(rule, "free_bytes", lambda _device: 10**10)
    monkeypatch.setattr(rule, "LEAST_STIMULI", IMAGES)


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(
    ("metric", "requested", "expected"),
    [
        (EncodingMetric(), "cuda", CARD),
        (EncodingMetric(), "auto", CARD),
        (SrpRidgeMetric(), "auto", CARD),
        (EncodingMetric(), "cpu", None),
        (PlsMetric(), "cuda", None),
    ],
)
def test_a_large_study_is_scored_on_the_card_by_metrics_that_can(
    study: Study, metric: Metric, requested: str, expected: Any
) -> None:
    assert scoring_device(metric, study.region, requested) == expected


@pytest.mark.usefixtures("card")
def test_few_stimuli_are_scored_on_the_cpu(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "LEAST_STIMULI", IMAGES + 1)
    assert scoring_device(EncodingMetric(), study.region, "cuda") is None


@pytest.mark.usefixtures("card")
def test_a_card_without_the_memory_is_not_used_and_that_is_told(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    needed, told = EncodingMetric().device_bytes(study.region.assembly), list[str]()
    assert needed == 7 * 8 * IMAGES * TARGETS
    monkeypatch.setattr(rule, "free_bytes", lambda _device: needed - 1)
    assert scoring_device(EncodingMetric(), study.region, "auto", tell=told.append) is None
    assert told == ["Scoring takes 0 GiB of the card, of which 0 are free: the CPU scores"]
    monkeypatch.setattr(rule, "free_bytes", lambda _device: needed)
    assert scoring_device(EncodingMetric(), study.region, "auto") == CARD


def test_a_machine_without_a_card_scores_on_the_cpu_or_says_that_it_has_none(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule, "LEAST_STIMULI", IMAGES)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert scoring_device(EncodingMetric(), study.region, "auto") is None
    with pytest.raises(UserError, match="no GPU"):
        scoring_device(EncodingMetric(), study.region, "cuda")


def test_there_it_is_computed_plainly_and_elsewhere_by_numpy() -> None:
    with scoring_on(torch.device("cpu")) as name:
        assert (name, current_device()) == ("cpu", torch.device("cpu"))
        assert torch.is_inference_mode_enabled()
    with scoring_on(None) as name:
        assert (name, current_device()) == ("", None)


def test_a_run_scores_on_the_device_alone_and_its_receipt_says_so(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Any:
        raise AssertionError("others help with what is computed on a card")

    plain, asked = study.run(device="cpu"), list[str]()

    def on_the_device(_metric: Metric, _region: LoadedRegion, requested: str, **_: object) -> torch.device:
        asked.append(requested)
        return torch.device("cpu")

    monkeypatch.setattr("brainrank.benchmark.scoring.run.scoring_device", on_the_device)
    found = study.run(device="cpu", score=refuse)
    assert found.receipt.scored_on == "cpu"
    assert found.receipt.content.pop("scored_on") == "cpu"
    assert {"scored_on", "subject"}.isdisjoint(plain.receipt.content)
    assert found.score.value == pytest.approx(plain.score.value, abs=1e-5)
    assert found.score.interval.low == pytest.approx(plain.score.interval.low, abs=1e-4)
    study.run(device="cpu", score_on="cuda")
    assert asked == ["cpu", "cuda"]
