"""A worker keeps its last model, and lets go of it before another is there."""

import gc
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny_encoding import wide_catalogue
from tiny_study import tiny_catalogue

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services import workshop as module
from brainrank.api.services.scoring import Machine
from brainrank.api.services.workshop import Workshop
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.catalogue import Catalogue
from brainrank.benchmark.run import Resolve, RunResult, run
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.load import resolve

SPEC = ModelSpec("tiny", "untrained", "timm:test_resnet@random", layers=("layer1", "layer4"))
OTHER = ModelSpec("other", "untrained", "timm:test_resnet@random", layers=("layer2",))


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    begin = partial(transaction, engine)
    machine = Machine(tiny_catalogue(tmp_path), begin, Locations(tmp_path / "home"), "cpu", DEFAULT_EXTRACTION)
    yield Workshop(machine, lease_s=60, run_limit_s=60)
    engine.dispose()


def test_the_same_model_is_resolved_and_built_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = list[str]()

    def counted(spec: ModelSpec, locations: Locations, reporter: Silent) -> object:
        resolved.append(spec.name)
        return resolve(spec, locations, reporter)

    monkeypatch.setattr(module, "resolve", counted)
    locations, reporter = workshop.machine.locations, Silent()
    first = workshop.model(SPEC, locations, reporter).build()
    assert workshop.model(SPEC, locations, reporter).build() is first
    workshop.model(OTHER, locations, reporter)
    workshop.model(SPEC, locations, reporter)
    assert resolved == ["tiny", "other", "tiny"]


def test_a_network_is_let_go_of_before_another_model_is_resolved(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    locations, reporter = workshop.machine.locations, Silent()
    network = weakref.ref(workshop.model(SPEC, locations, reporter).build())
    assert network() is not None

    def after(spec: ModelSpec, locations: Locations, reporter: Silent) -> object:
        assert network() is None
        return resolve(spec, locations, reporter)

    monkeypatch.setattr(module, "resolve", after)
    gc.disable()  # the workshop is to free it, not chance
    try:
        workshop.model(OTHER, locations, reporter)
    finally:
        gc.enable()


def test_a_kept_network_comes_to_the_bits_of_a_new_one(workshop: Workshop, tmp_path: Path) -> None:
    """On one stimulus set after another, so that the second is not found in the store."""
    catalogues = (workshop.machine.catalogue, wide_catalogue(tmp_path))

    def scored(catalogue: Catalogue, benchmark: Benchmark, home: str, resolving: Resolve) -> RunResult:
        locations = Locations(tmp_path / home)
        region = catalogue.load(benchmark, locations, Silent())
        return run(SPEC, benchmark, region, locations=locations, device="cpu", reporter=Silent(), resolve=resolving)

    for catalogue in catalogues:
        benchmark = next(iter(catalogue.benchmarks.values()))
        kept = scored(catalogue, benchmark, "kept", workshop.model).score
        new = scored(catalogue, benchmark, "new", resolve).score
        assert kept == new
        assert kept.draws is not None
        assert new.draws is not None
        assert np.array_equal(kept.draws.deviations, new.draws.deviations, equal_nan=True)
