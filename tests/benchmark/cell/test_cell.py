"""Models in a cell: the numbers of today to the bit, and an end to what is endless or takes too much."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import graphs
import numpy as np
import pytest
import timm
from answered_study import NAME as ANSWERED
from answered_study import answered_catalogue
from cell_models import loaded, scored, spec_of, uploaded
from local_hub import local_hub
from numpy.testing import assert_array_equal
from safetensors.torch import save_model
from servers import free_port
from tiny_encoding import NAME as WIDE
from tiny_encoding import wide_catalogue
from tiny_study import NAMES, tiny_catalogue

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.cell.cell_errors import CellLimitError
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.metrics.srp_ridge import SrpRidgeMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.statistics.memory import machine_bytes
from brainrank.benchmark.types.errors import (
    DataUnavailableError,
    InvalidDataError,
    ModelLoadError,
    UnknownNameError,
    UserError,
)
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.caches import hub_cache

ENDED_WITHIN_S = 5.0
PROJECTED = f"{WIDE.removesuffix('.encoding')}.srp-ridge"


class StopError(Exception):
    """What a keeper raises to end the work."""


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Catalogue]:
    tiny, wide, answered = (tmp_path_factory.mktemp(name) for name in ("tiny", "wide", "answered"))
    responses = wide_catalogue(wide)
    encoding = responses.benchmark(WIDE)
    # The default metric's thousand draws of some thousand targets take half a minute, and prove no more.
    projected = replace(encoding, name=PROJECTED, metric=SrpRidgeMetric(folds=3, selection="gcv", draws=40))
    both = Catalogue(responses.datasets, {WIDE: encoding, PROJECTED: projected})
    return {NAMES[0]: tiny_catalogue(tiny), WIDE: both, ANSWERED: answered_catalogue(answered)}


@pytest.fixture(scope="module")
def region(catalogues: Mapping[str, Catalogue], places: Locations) -> LoadedRegion:
    return loaded(catalogues, NAMES[0], places)[1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NAMES[0], "classical:pixels"),
        (NAMES[0], "onnx"),
        (NAMES[0], "weights"),
        (NAMES[0], "features"),
        (WIDE, "onnx"),
        (PROJECTED, "timm:test_resnet@random"),
        (PROJECTED, "features"),
        (NAMES[0], "timm:test_resnet@random"),
        (ANSWERED, "timm:resnet18@random"),
        (ANSWERED, "onnx"),
        (ANSWERED, "trials"),
    ],
)
def test_the_numbers_are_those_of_today_to_the_bit(
    cell: Cell,
    catalogues: Mapping[str, Catalogue],
    places: Locations,
    files: Path,
    tmp_path: Path,
    name: str,
    kind: str,
) -> None:
    benchmark, region = loaded(catalogues, name, places)
    spec = spec_of(kind, places, files, region)
    inside = scored(spec, benchmark, region, places, cell)
    again = scored(spec, benchmark, region, places, cell)
    elsewhere = Locations(tmp_path / "elsewhere")
    if places.downloads.is_dir():
        elsewhere.home.mkdir()
        elsewhere.downloads.symlink_to(places.downloads)
    outside = scored(spec, benchmark, region, elsewhere, None)
    for found in (inside, again):
        assert found.receipt == outside.receipt
        # A layer may have no score, and NaN equals nothing; `repr` has every digit.
        assert repr(found.score.layer_curve) == repr(outside.score.layer_curve)
        assert replace(found.score, layer_curve=()) == replace(outside.score, layer_curve=())
        if outside.score.draws is not None:
            assert found.score.draws is not None
            assert_array_equal(found.score.draws.deviations, outside.score.draws.deviations)
        if outside.score.choices is not None:
            assert found.score.choices is not None
            assert found.score.choices[:3] == outside.score.choices[:3]
            assert_array_equal(
                np.asarray(found.score.choices.probabilities), np.asarray(outside.score.choices.probabilities)
            )
    if name != ANSWERED:  # what a readout was fitted on stays in the cell
        keys = [
            sorted(path.name for path in each.activations.rglob("*.npz")) if each.activations.is_dir() else []
            for each in (elsewhere, places)
        ]
        assert set(keys[0]) <= set(keys[1])


def test_a_second_run_finds_the_process_warm(
    cell: Cell, catalogues: Mapping[str, Catalogue], places: Locations, files: Path
) -> None:
    benchmark, region = loaded(catalogues, NAMES[0], places)
    spec = spec_of("onnx", places, files, region)
    scored(spec, benchmark, region, places, cell)
    first = cell._tenant
    scored(spec, benchmark, region, places, cell)
    assert cell._tenant is first
    _, other = loaded(catalogues, WIDE, places)  # its images lie where this process cannot look
    scored(spec, catalogues[WIDE].benchmark(WIDE), other, places, cell)
    assert cell._tenant is not first


def test_what_the_store_has_is_not_asked_for(
    cell: Cell, catalogues: Mapping[str, Catalogue], places: Locations, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark, region = loaded(catalogues, NAMES[0], places)
    spec = spec_of("weights", places, files, region)
    scored(spec, benchmark, region, places, cell)
    put = list[str]()
    monkeypatch.setattr(ActivationStore, "put", lambda _store, key, _layer: put.append(key))
    scored(spec, benchmark, region, places, cell)
    assert put == []


def attempt(cell: Cell, spec: ModelSpec, region: LoadedRegion, check: Callable[[], None]) -> None:
    benchmark = Benchmark("a", 1, "tiny2026", "it", "tiny", tiny_metric(), "A")
    run(
        spec,
        benchmark,
        region,
        locations=cell._locations,
        device="cpu",
        reporter=Silent(),
        resolve=partial(cell.model, region=region, check=check),
    )


def tiny_metric() -> object:
    from brainrank.benchmark.metrics.rsa import RsaMetric

    return RsaMetric(draws=10)


def test_an_endless_loop_ends_when_it_is_to_end(
    cell: Cell, region: LoadedRegion, places: Locations, files: Path
) -> None:
    spec = uploaded(places, graphs.endless(files / "endless.onnx"), "onnx")
    begun, asked = time.monotonic(), list[float]()

    def check() -> None:
        if time.monotonic() - begun > 4:
            asked.append(time.monotonic())
            raise StopError

    with pytest.raises(StopError):
        attempt(cell, spec, region, check)
    assert time.monotonic() - asked[0] < ENDED_WITHIN_S
    assert not list((places.home / "cells").iterdir())


@pytest.mark.parametrize("share", ["forty gigabytes", "the machine's", "the limit's"])
def test_what_takes_too_much_memory_fails_with_the_limit_and_a_remedy(
    cell: Cell, region: LoadedRegion, places: Locations, files: Path, share: str
) -> None:
    sizes = {"forty gigabytes": 40_000_000_000, "the machine's": machine_bytes(), "the limit's": 2 * 2**30}
    spec = uploaded(places, graphs.greedy(files / f"{share}.onnx", sizes[share]), "onnx")
    with pytest.raises(CellLimitError, match=r"2,048 MiB that one may take.*Submit a smaller model.*CELL_MEMORY"):
        attempt(cell, spec, region, lambda: None)


def test_what_it_says_of_a_faulty_model_is_what_is_said_without_a_cell(
    cell: Cell, region: LoadedRegion, places: Locations, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "no.onnx").write_bytes(b"no graph")
    with pytest.raises((ModelLoadError, InvalidDataError), match="onnx") as error:
        attempt(cell, uploaded(places, files / "no.onnx", "onnx"), region, lambda: None)
    assert "cells" not in str(error.value)
    with pytest.raises(UnknownNameError, match="did you mean"):
        attempt(cell, ModelSpec("x", "x", "timm:resnet_18@random"), region, lambda: None)
    with pytest.raises(UnknownNameError, match="layer"):
        attempt(cell, ModelSpec("x", "x", "timm:test_resnet@random", layers=("layer9",)), region, lambda: None)
    with pytest.raises(UserError, match="--isolated"):
        attempt(cell, ModelSpec("x", "x", f"python:{files}/own.py:make"), region, lambda: None)


def test_a_damaged_file_is_found_before_it_is_read(
    cell: Cell, catalogues: Mapping[str, Catalogue], places: Locations, files: Path
) -> None:
    """Features are read for every run, and checked for every run, however warm the process is."""
    benchmark, region = loaded(catalogues, NAMES[0], places)
    spec = spec_of("features", places, files, region)
    scored(spec, benchmark, region, places, cell)
    assert spec.weights is not None
    path = places.downloads / cache_name(spec.weights)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataUnavailableError, match="damaged"):
        scored(spec, benchmark, region, places, cell)


class Fetching(NamedTuple):
    """A cell that was started with the address of a hub, at which one may answer or not, and with an empty cache."""

    cell: Cell
    port: int
    cache: Path


@pytest.fixture(scope="module")
def fetching(cell: Cell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetching]:
    port, cache = free_port(), tmp_path_factory.mktemp("hub")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
        patch.setenv("HF_HUB_CACHE", str(cache))
        made = Cell(cell._locations, device="cpu", limits=cell._limits)
        made.start()
        yield Fetching(made, port, cache)
    made.close()


def test_a_hub_that_is_away_is_told_as_what_can_pass(fetching: Fetching, region: LoadedRegion) -> None:
    """The process that fetches has a network, and this machine's test has a hub that nobody answers for."""
    with pytest.raises(DataUnavailableError, match=rf"http://127\.0\.0\.1:{fetching.port} does not answer") as error:
        attempt(fetching.cell, ModelSpec("x", "x", "timm:resnet18.a1_in1k"), region, lambda: None)
    assert isinstance(error.value.__cause__, OSError)
    assert hub_cache() == fetching.cache


def test_weights_are_fetched_by_a_process_that_ends_and_scored_by_one_without_a_network(
    fetching: Fetching, region: LoadedRegion, catalogues: Mapping[str, Catalogue], tmp_path: Path
) -> None:
    """A hub that is there: each file is fetched once, before the model's process begins, and scores as weights do."""
    commit = "a" * 40
    network = timm.create_model("test_resnet")
    config = {"architecture": "test_resnet", "num_classes": 1000, "pretrained_cfg": network.pretrained_cfg}
    (tmp_path / "config.json").write_text(json.dumps(config))
    save_model(network, str(tmp_path / "model.safetensors"))
    files = {name: tmp_path / name for name in ("config.json", "model.safetensors")}
    spec, cell = ModelSpec("fetched", "made", f"hf:owner/repo@{commit}"), fetching.cell
    benchmark = catalogues[NAMES[0]].benchmark(NAMES[0])
    with local_hub(files, repository="owner/repo", commit=commit, port=fetching.port) as hub:
        inside = scored(spec, benchmark, region, cell._locations, cell)
        asked = len(hub.asked)
        again = scored(spec, benchmark, region, cell._locations, cell)
    assert inside.receipt.weights_digest == sha256_of(files["model.safetensors"])
    assert len([each for each in hub.asked if each.startswith("GET /owner/repo/resolve/")]) == 2
    assert len(hub.asked) == asked
    assert again.score.value == inside.score.value
    own = ModelSpec("own", "made", f"file:{files['model.safetensors']}#timm:test_resnet")
    outside = run(own, benchmark, region, locations=Locations(tmp_path), device="cpu", reporter=Silent())
    assert outside.score.value == inside.score.value


def test_what_dead_workers_left_is_removed(cell: Cell, places: Locations) -> None:
    left, ours = places.home / "cells" / "4194305.abc", places.home / "cells" / f"{os.getpid()}.abc"
    for each in (left, ours):
        (each / "downloads").mkdir(parents=True)
    cell.start()
    assert not left.exists()
    assert ours.exists()
    (ours / "downloads").rmdir()
    ours.rmdir()
