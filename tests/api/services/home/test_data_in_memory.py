"""Data in memory as a catalogue: names, metrics where they fit, and faults as a package's."""

from typing import Any

import numpy as np
import pytest

from brainrank.api.services.home.data_in_memory import OnData, catalogue_in_memory
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.memory.given_dataset import Given

N = 30
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (N, 16, 16, 3), dtype=np.uint8)
RESPONSES, RDM = RNG.random((N, 5)), RNG.random((2, N * (N - 1) // 2))


def opened(*metrics: str, name: str = "my lab", parameters: dict[str, Any] | None = None, **measured: Any) -> OnData:
    given = Given(
        responses=measured.pop("responses", {}), rdms=measured.pop("rdms", {}), trials=measured.pop("trials", {}),
        triplets={}, **measured,
    )  # fmt: skip
    return catalogue_in_memory(
        IMAGES, given, name=name, metrics=metrics, parameters=parameters or {}, reporter=Silent()
    )


def test_each_region_has_the_usual_metric_of_what_it_measured() -> None:
    found = opened(responses={"V4": RESPONSES}, rdms={"it": RDM}).catalogue
    assert list(found.datasets) == ["my-lab"]
    assert {name: each.metric.name for name, each in found.benchmarks.items()} == {
        "my-lab.v4.encoding": "encoding", "my-lab.it.rsa": "rsa"
    }  # fmt: skip


def test_a_metric_is_declared_where_it_fits_with_its_parameters() -> None:
    found = opened("rsa", "encoding", responses={"v4": RESPONSES}, rdms={"it": RDM}, parameters={"draws": 50})
    assert sorted(found.catalogue.benchmarks) == ["my-lab.it.rsa", "my-lab.v4.encoding", "my-lab.v4.rsa"]
    assert {each.metric.draws for each in found.catalogue.benchmarks.values()} == {50}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Nothing was measured; give one or several of responses, rdms, trials, triplets"),
        ({"responses": {"a": RESPONSES}, "rdms": {"a": RDM}}, "Two regions have the name a"),
        ({"responses": {"V 4": RESPONSES, "v-4": RESPONSES}}, "V 4, v-4 are the same in plain letters"),
        (
            {"responses": {"v4": RESPONSES}, "visual_degrees": -1},
            "-1; give a number above 0, at most 360",
        ),
        ({"responses": {"v4": RESPONSES}, "visual_degrees": "8"}, "visual_degrees: '8'"),
        (
            {"responses": {"v4": RESPONSES}, "name": "kriegeskorte2008"},
            "is a study of brainrank",
        ),
        ({"responses": {"v4": RESPONSES[:-1]}}, "29"),
    ],
)
def test_what_is_wrong_is_told(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        opened(**given)


@pytest.mark.parametrize(
    ("metric", "parameters", "message"),
    [("error-consistency", {}, "error-consistency"), ("rsa", {"drawn": 1}, "drawn"), ("rsaa", {}, "rsaa")],
)
def test_a_metric_that_fits_nothing_or_is_none_is_told(metric: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        opened(metric, responses={"v4": RESPONSES}, parameters=parameters)


def test_what_is_odd_but_allowed_is_a_warning() -> None:
    constant = RESPONSES.copy()
    constant[:, 2] = 1
    (warning,) = opened(responses={"v4": constant}).warnings
    assert "1 target answers every stimulus alike: target-3" in warning.text
    assert not opened(responses={"v4": RESPONSES}).warnings
