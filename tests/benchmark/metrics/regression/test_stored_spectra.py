"""Decompositions that are stored: the same scores with the store, from it and without it; one for all regions."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics import encoding
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression import cost, spectrum
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly

N, FOLDS = 150, 5


class Memory:
    """What is derived from one layer, in memory."""

    def __init__(self) -> None:
        self.held = dict[str, Mapping[str, NDArray[Any]]]()
        self.made = 0

    def has(self, name: str) -> bool:
        return name in self.held

    def obtain(self, name: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        if name not in self.held:
            self.made += 1
            self.held[name] = make()
        return self.held[name]


def layers(memories: list[Memory] | None = None, *, width: int = 400) -> list[LayerGram]:
    """Two layers whose eigenvalues fall as those of networks do."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(2):
        features = rng.standard_normal((N, width)) * np.arange(1, width + 1) ** -1.0
        layer = narrow_layer(str(number), features.astype(np.float32))
        made.append(layer if memories is None else LayerGram(**{**_fields(layer), "derived": memories[number]}))
    return made


def _fields(layer: LayerGram) -> dict[str, Any]:
    return {name: value for name, value in vars(layer).items() if name != "gram"}


def region(name: str, targets: int, *, groups: tuple[str, ...] | None = None, signal: float = 1.0) -> ResponseAssembly:
    features = np.random.default_rng(0).standard_normal((N, 400)) * np.arange(1, 401) ** -1.0
    rng = np.random.default_rng(targets)
    y = signal * features[:, :20] @ rng.standard_normal((20, targets)) + rng.standard_normal((N, targets))
    ids, names = tuple(map(str, range(N))), tuple(f"{name}{each}" for each in range(targets))
    return ResponseAssembly(name, ids, names, y[:, None].astype(np.float32), groups=groups)


@pytest.mark.parametrize("selection", ["loo", "gcv", "likelihood", "cv"])
@pytest.mark.parametrize(("grouped", "width"), [(False, 400), (True, 400), (False, 40), (True, 40)])
def test_float32_and_the_store_change_no_score_by_more_than_a_millionth(
    monkeypatch: pytest.MonkeyPatch, selection: str, grouped: bool, width: int
) -> None:
    assembly = region("v1", 30, groups=tuple(str(each // 3) for each in range(N)) if grouped else None)
    metric = EncodingMetric(selection=selection, draws=40)
    before = metric.score(layers(width=width), assembly)
    monkeypatch.setattr(spectrum, "STORED_FROM", 10)
    without = metric.score(layers(width=width), assembly)
    memories = [Memory(), Memory()]
    first, again = (metric.score(layers(memories, width=width), assembly) for _ in range(2))
    assert first.value == again.value == without.value
    assert first.interval == again.interval == without.interval
    assert first.value == pytest.approx(before.value, abs=1e-6)
    assert first.interval.low == pytest.approx(before.interval.low, abs=1e-5)
    assert first.layers == before.layers


def test_regions_on_the_same_images_decompose_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "STORED_FROM", 10)
    memories = [Memory(), Memory()]
    for name, targets in (("v1", 30), ("v2", 20), ("hv4", 7)):
        EncodingMetric(draws=40).score(layers(memories), region(name, targets))
    assert [each.made for each in memories] == [FOLDS, FOLDS]
    EncodingMetric(draws=40, seed=1).score(layers(memories), region("v1", 30))
    assert [each.made for each in memories] == [2 * FOLDS, 2 * FOLDS]


def test_the_gram_matrix_is_not_read_where_decompositions_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "STORED_FROM", 10)
    memories = [Memory(), Memory()]
    first = EncodingMetric(draws=40).score(layers(memories), region("v1", 30))

    def unread() -> NDArray[Any]:
        raise AssertionError("read")

    known = [LayerGram(**{**_fields(each), "given_gram": unread}) for each in layers(memories)]
    assert EncodingMetric(draws=40).score(known, region("v1", 30)).value == first.value


def test_what_is_stored_already_is_not_expected_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "STORED_FROM", 10)
    monkeypatch.setattr(encoding, "STORED_FROM", 10)
    monkeypatch.setattr(cost, "measured_speed", lambda: 1e9)
    monkeypatch.setattr(cost, "processors", lambda: 1)
    memories, metric, assembly = [Memory(), Memory()], EncodingMetric(draws=40), region("v1", 30)
    before = metric.expected_seconds(layers(memories), assembly)
    metric.score(layers(memories), assembly)
    after = metric.expected_seconds(layers(memories), assembly)
    assert before is not None
    assert after is not None
    train = N * (FOLDS - 1) / FOLDS
    assert before - after == pytest.approx(2 * FOLDS * cost.DECOMPOSITION * train**3 / 1e9)
    assert metric.expected_seconds(layers(), assembly) == before
