"""The machine of a home: its database opened when it is needed, models in memory, what is passing leaves nothing."""

from pathlib import Path

import fsspec
import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.repositories import runs
from brainrank.api.services.home import local_machine
from brainrank.api.services.home.local_machine import open_machine, own_database
from brainrank.api.services.runs.score_models import score
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model


@pytest.fixture
def settings(tmp_path: Path, migrated_sqlite: str) -> Settings:
    return Settings(home=tmp_path / "home", mirror=None, database_url=migrated_sqlite)


def test_the_database_is_opened_by_the_first_transaction(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, first = [], local_machine.open_own_database
    monkeypatch.setattr(local_machine, "open_own_database", lambda of: opened.append(of) or first(of))
    with own_database(settings):
        assert opened == []
    with own_database(settings) as begin:
        for _ in range(2):
            with begin() as session:
                assert (
                    runs.find_succeeded(
                        session, find_model("pixels"), benchmark=NAMES[0], benchmark_version=1, code_version=""
                    )
                    is None
                )
    assert opened == [settings]


def test_settings_of_a_machine_are_those_asked_for(settings: Settings, tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    with open_machine(settings, catalogue, device="cpu", memory="3GiB", precision="bf16") as machine:
        assert (machine.device, machine.extraction.memory_bytes) == ("cpu", 3 * 2**30)
        assert machine.extraction.precision == "bf16"
        assert (machine.catalogue, machine.cell, machine.passing_store) == (catalogue, None, None)
    with pytest.raises(InvalidDataError, match="much"), open_machine(settings, catalogue, memory="much"):
        pass


def test_a_passing_model_leaves_no_run_and_its_store_goes(settings: Settings, tmp_path: Path) -> None:
    spec, catalogue = find_model("pixels"), tiny_catalogue(tmp_path)
    with open_machine(settings, catalogue, device="cpu", passing=[spec.name]) as machine:
        benchmark = catalogue.benchmark(NAMES[0])
        region = catalogue.load(benchmark, machine.locations, Silent())
        assert machine.extraction_of(spec).store_url == machine.passing_store
        found = score(spec, benchmark, region, machine, Silent())
        assert not found.reused
        code = found.run.receipt["code_version"]
        address = str(machine.passing_store).removeprefix("memory:/")
        assert fsspec.filesystem("memory").exists(address)
        with machine.begin() as session:
            assert (
                runs.find_succeeded(
                    session,
                    spec,
                    benchmark=benchmark.name,
                    benchmark_version=1,
                    code_version=code,
                )
                is None
            )
    assert not fsspec.filesystem("memory").exists(address)
    assert not any(path.is_file() for path in machine.locations.activations.rglob("*.npz"))


def test_a_network_in_memory_is_had_by_its_name_and_others_by_their_source(settings: Settings, tmp_path: Path) -> None:
    mine = object()
    with open_machine(settings, tiny_catalogue(tmp_path), live={"mine": mine}) as machine:  # type: ignore[dict-item]
        assert machine.resolve(ModelSpec("mine", "unsorted", "live:mine"), machine.locations, Silent()) is mine
        other = machine.resolve(find_model("pixels"), machine.locations, Silent())
        assert other.layers == ("image",)
