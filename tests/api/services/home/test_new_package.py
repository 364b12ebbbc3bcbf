"""The start of a package with metrics: a benchmark for each where it fits, and the folder as it was after a mistake."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from package_start import given_files
from tiny_package import STIMULI, tiny_package

from brainrank.api.services.home.new_package import start_package
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.datasets.package.package import read_parts


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Images, and responses of five neurons to each."""
    (tmp_path / "photos").mkdir()
    tiny_package(tmp_path / "photos")
    for name in ("dataset.toml", "stimuli.csv", "rdms.npz"):
        (tmp_path / "photos" / name).unlink()
    np.save(tmp_path / "v4.npy", np.random.default_rng(0).random((STIMULI, 5)))
    return {"images": tmp_path / "photos", "responses": {"v4": tmp_path / "v4.npy"}}


def declared(folder: Path) -> list[tuple[str, str]]:
    return [(each.region, each.metric) for each in read_parts(folder).description.benchmarks]


def test_without_a_metric_each_region_has_its_usual_one(files: dict[str, Any], tmp_path: Path) -> None:
    start_package(tmp_path / "lab", given_files(**files), (), {})
    assert declared(tmp_path / "lab") == [("v4", "encoding")]


def test_each_metric_asked_for_is_declared_with_its_parameters(files: dict[str, Any], tmp_path: Path) -> None:
    start_package(tmp_path / "lab", given_files(**files), ["rsa", "cka"], {"draws": 50})
    assert declared(tmp_path / "lab") == [("v4", "rsa"), ("v4", "cka")]
    benchmarks = read_parts(tmp_path / "lab").description.benchmarks
    assert [dict(each.parameters) for each in benchmarks] == [{"draws": 50}] * 2


@pytest.mark.parametrize(
    ("metrics", "parameters", "kind", "message"),
    [
        (["rsaa"], {}, UnknownNameError, "Unknown metric 'rsaa': did you mean rsa"),
        (["error-consistency"], {}, InvalidDataError, "--metric error-consistency needs trials, which are not given"),
        (["rsa"], {"drawn": 5}, InvalidDataError, "was left as it was:\n.*drawn"),
    ],
)
def test_a_mistake_leaves_nothing_behind(
    files: dict[str, Any],
    tmp_path: Path,
    metrics: list[str],
    parameters: dict[str, Any],
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        start_package(tmp_path / "lab", given_files(**files), metrics, parameters)
    assert not (tmp_path / "lab" / "dataset.toml").exists()
