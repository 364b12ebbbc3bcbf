"""The one region whose responses are analysed: of one benchmark, and responses."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny_encoding import IMAGES, NAME, TARGETS, wide_catalogue
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.analysis.measured_region import layers_on, load_responses
from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent


def test_responses_and_layers_of_a_region(tmp_path: Path, migrated_sqlite: str) -> None:
    catalogue, locations = wide_catalogue(tmp_path), Locations(home=tmp_path / "home")
    region, responses = load_responses(catalogue.select(NAME), catalogue, locations, Silent())
    assert responses.responses.shape == (IMAGES, 1, TARGETS)
    engine = open_database(migrated_sqlite)
    machine = Machine(catalogue, partial(transaction, engine), locations, "cpu", DEFAULT_EXTRACTION)
    pixels = ModelSpec("pixels", "classical", "classical:pixels", layers=("image",))
    (layer,) = layers_on(pixels, region, machine, Silent())
    assert layer.gram.shape == (IMAGES, IMAGES)
    np.testing.assert_allclose(layer.gram.sum(), 0, atol=1e-4 * np.abs(layer.gram).sum())
    engine.dispose()


def test_several_regions_and_what_are_no_responses_are_refused(tmp_path: Path) -> None:
    catalogue, locations = tiny_catalogue(tmp_path), Locations(home=tmp_path / "home")
    with pytest.raises(UserError, match=f"2 regions are meant .{NAMES[0]}, {NAMES[1]}.; give the benchmark of one"):
        load_responses(list(catalogue.benchmarks.values()), catalogue, locations, Silent())
    with pytest.raises(UserError, match="is of rdms; variance is partitioned of responses"):
        load_responses(catalogue.select(NAMES[0]), catalogue, locations, Silent())
