"""What a study is planned from: noise of a benchmark that has it, a pool in any form, a layer for each model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.services.analysis.study_design import Asked, chosen_benchmark, gathered, noise_source, pool_of
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.reporter import Silent


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    return tiny_catalogue(tmp_path)


def test_each_model_has_a_layer_and_an_rdm_of_the_pool(catalogue: Catalogue) -> None:
    settings = Settings()
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (16, 16, 3), dtype=np.uint8) for _ in range(9)]
    with (
        open_machine(settings, catalogue, device="cpu") as machine,
        pool_of(pictures, settings.locations, Silent()) as pool,
    ):
        source = noise_source(catalogue.benchmarks[NAMES[0]], machine, Silent())
        asked = Asked(("pixels", "gabor"), {"gabor": ["complex"]})
        found = gathered(asked, pool, source, machine, Silent(), chosen=True)
    assert {name: each.layer for name, each in found.layers.items()} == {"pixels": "image", "gabor": "complex"}
    assert found.pool.rdms.shape == (2, 9, 9)
    assert found.pool.kinds is not None
    assert found.assembly.rdms.shape == (3, 66)


def test_noise_is_of_rdms_of_several_subjects_compared_in_a_way_that_is_simulated(catalogue: Catalogue) -> None:
    benchmark = catalogue.benchmarks[NAMES[0]]
    with open_machine(Settings(), catalogue, device="cpu") as machine:
        with pytest.raises(InvalidDataError, match="noise of RDMs is wanted, and error-consistency compares none"):
            noise_source(replace(benchmark, metric=ErrorConsistencyMetric()), machine, Silent())
        with pytest.raises(InvalidDataError, match="RDMs compared by tau-a are not simulated; give a benchmark of"):
            noise_source(replace(benchmark, metric=RsaMetric(comparator=Comparator.TAU_A)), machine, Silent())
    with pytest.raises(UserError, match="--noise tiny are 2 benchmarks"):
        chosen_benchmark("tiny", catalogue, Settings().locations)
