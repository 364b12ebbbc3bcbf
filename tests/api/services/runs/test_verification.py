"""Scoring again: a tiny study and the pixels themselves, so that it takes a moment."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.score_json import score_json
from brainrank.api.services.runs.verification import Claim, Verdict, read_claim, verify
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS

IT = NAMES[0]


class Scene:
    """A study, a home, and a run of pixels in it."""

    def __init__(self, folder: Path) -> None:
        self.catalogue, self.locations = tiny_catalogue(folder), Locations(home=folder / "home")
        benchmark = self.catalogue.benchmark(IT)
        region = self.catalogue.load(benchmark, self.locations, Silent())
        made = run(MODELS["pixels"], benchmark, region, locations=self.locations, device="cpu", reporter=Silent())
        self.content: dict[str, Any] = {
            **score_json(made.score).model_dump(),
            # As it comes from a file: JSON knows no tuples.
            "receipt": json.loads(json.dumps(made.receipt.content)),
        }

    def claim(self, **receipt: Any) -> Claim:
        return read_claim({**self.content, "receipt": {**self.content["receipt"], **receipt}})

    def verify(self, claim: Claim, catalogue: Catalogue | None = None) -> Verdict:
        return verify(
            claim,
            catalogue or self.catalogue,
            locations=self.locations,
            extraction=DEFAULT_EXTRACTION,
            reporter=Silent(),
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    return Scene(tmp_path_factory.mktemp("scene"))


def test_the_same_to_the_last_bit_and_nothing_is_stored(scene: Scene) -> None:
    before = sorted(scene.locations.activations.rglob("*"))
    found = scene.verify(scene.claim())
    assert (found.reason, found.differences, found.is_same) == ("", {}, True)
    assert sorted(scene.locations.activations.rglob("*")) == before


def test_a_difference_in_the_last_bit_is_one(scene: Scene) -> None:
    claim = scene.claim(code_version="0", libraries={**scene.content["receipt"]["libraries"], "numpy": "1.0"})
    value = claim.numbers["value"]
    found = scene.verify(replace(claim, numbers={**claim.numbers, "value": value * (1 + 2**-52)}))
    assert not found.is_same
    assert found.numbers["value"] == value
    assert found.differences["code version"][0] == "0"
    assert found.differences["libraries numpy"][0] == "1.0"
    assert set(found.differences) == {"code version", "libraries numpy"}


def test_what_cannot_be_scored_here_is_told_why(scene: Scene) -> None:
    benchmarks = scene.catalogue.benchmarks
    other_metric = replace(benchmarks[IT], metric=RsaMetric(draws=61))
    for claim, words in (
        (scene.claim(model="pixel"), "did you mean pixels"),
        (scene.claim(spec_digest="0" * 64), "another revision"),
        (scene.claim(benchmark="tiny2026.it.rsb"), "did you mean tiny2026.it.rsa"),
        (scene.claim(benchmark_version=2), "at version 1 by now"),
        (scene.claim(stimuli_digest="0" * 64), "are others than those that were scored"),
        (scene.claim(device="cuda"), "cuda"),
    ):
        found = scene.verify(claim)
        assert words in found.reason
        assert not found.is_same
    changed = Catalogue(scene.catalogue.datasets, {**benchmarks, IT: other_metric})
    assert "other parameters by now" in scene.verify(scene.claim(), changed).reason


def test_what_a_service_answers_is_the_same_claim(scene: Scene) -> None:
    score = {name: value for name, value in scene.content.items() if name != "receipt"}
    page = {"run": 1, "score": score, "receipt": scene.content["receipt"]}
    assert read_claim(page) == scene.claim()


def test_what_is_no_run_is_refused(scene: Scene) -> None:
    without_score = {"score": None, "receipt": scene.content["receipt"]}
    for content in ({}, {"receipt": {}}, {"value": 1.0}, without_score):
        with pytest.raises(InvalidDataError, match="no run with a score"):
            read_claim(content)
    with pytest.raises(InvalidDataError, match="not one of this edition"):
        read_claim({**scene.content, "receipt": {"model": "pixels"}})
    for name, wrong in (("value", "high"), ("interval", None), ("ceiling", 0.3)):
        with pytest.raises(InvalidDataError, match=f"at fault: {name}"):
            read_claim({**scene.content, name: wrong})


@pytest.mark.parametrize(("told", "device"), [({}, "cpu"), ({"scored_on": "cuda: a card"}, "cuda")])
def test_it_is_scored_on_the_kind_of_device_that_scored_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], device: str
) -> None:
    asked = list[str]()

    def stop(*_: object, score_on: str, **__: object) -> None:
        asked.append(score_on)
        raise InvalidDataError("enough")

    monkeypatch.setattr("brainrank.api.services.runs.verification.run", stop)
    assert scene.verify(scene.claim(**told)).reason == "enough"
    assert asked == [device]
