"""Variants scored and stored: as a run on the half's own images scores them, once, and what has no score is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_study
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories import scores
from brainrank.api.services.analysis.variant_scores import claimed_benchmarks, claimed_models, score_variants
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.runs.score_models import Machine, score
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import registered_claims
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.scoring.variants import OTHERWISE, variants
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS

SPECS = [MODELS["pixels"], MODELS["gabor"]]


@pytest.fixture(params=[24, 12])
def images(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(tiny_study, "IMAGES", request.param)
    tiny_study._drawn.cache_clear()
    yield request.param
    tiny_study._drawn.cache_clear()


@pytest.fixture
def machine(images: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    with open_machine(Settings(), tiny_study.tiny_catalogue(tmp_path), device="cpu") as made:
        yield made


def stored(machine: Machine) -> dict[tuple[str, str], float]:
    benchmark = machine.catalogue.benchmark(tiny_study.NAMES[0])
    versions = {each.name: each.version for each in variants(benchmark)}
    with machine.begin() as session:
        return {(run.model, run.benchmark): run.score.value for run in scores.latest_succeeded(session, versions)}


def test_variants_are_scored_as_runs_of_their_own_would_be(machine: Machine, images: int) -> None:
    benchmark = machine.catalogue.benchmark(tiny_study.NAMES[0])
    refused = list(score_variants([benchmark], SPECS, machine, Silent()))
    found = stored(machine)
    if images == 12:
        assert {each.benchmark.partition("images=")[2] for each in refused} == {"first-half", "second-half"}
        assert all("needs at least 8" in str(each.error) for each in refused)
        assert len(found) == len(SPECS) * (len(variants(benchmark)) - 2)
        return
    assert refused == []
    assert len(found) == len(SPECS) * len(variants(benchmark))
    for each in variants(benchmark):
        region = machine.catalogue.load(each, machine.locations, Silent())
        again = score(SPECS[1], each, region, machine, Silent()).run
        assert found[SPECS[1].name, each.name] == pytest.approx(again.score.value, abs=1e-9)
        assert again.receipt["stimuli_digest"] == region.stimuli.digest
    assert list(score_variants([benchmark], SPECS, machine, Silent())) == []
    assert stored(machine).keys() == found.keys()


def test_a_correlation_that_names_no_models_is_of_all_that_are_scored(session: Session) -> None:
    claims = registered_claims()
    of_two, of_all = claims["trained-beats-random"], claims["more-parameters-go-with-brains"]
    for model in ("gabor", "somebody's"):
        store(session, model, BENCHMARKS["cichy2014.it.rsa"], 0.5)
    assert claimed_models(session, [of_two]) == ["efficientnet-lite0", "efficientnet-lite0-random"]
    assert claimed_models(session, [of_two, of_all]) == ["efficientnet-lite0", "efficientnet-lite0-random", "gabor"]


def test_claimed_benchmarks_have_variants_and_data() -> None:
    found = claimed_benchmarks(list(registered_claims().values()), built_in(), Settings().locations)
    assert {each.name for each in found} >= {"kriegeskorte2008.human-it.rsa", "geirhos2021.edge.error-consistency"}
    assert {each.metric.name for each in found} == set(OTHERWISE)
