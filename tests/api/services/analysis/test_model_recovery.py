"""Recovery of models on a study, from their activations."""

from pathlib import Path

import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.services.analysis.model_recovery import recover_models
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.settings import Settings
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS


def test_models_are_recovered_from_their_activations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    catalogue = tiny_catalogue(tmp_path)
    specs = [MODELS["pixels"], MODELS["gabor"]]
    with open_machine(Settings(), catalogue, device="cpu") as machine:
        found = recover_models(catalogue.benchmark(NAMES[0]), specs, machine, Silent(), worlds=40)
    assert found.models == ("pixels", "gabor")
    assert found.worlds == 40
    assert 0.5 < found.in_full.recovered <= 1
