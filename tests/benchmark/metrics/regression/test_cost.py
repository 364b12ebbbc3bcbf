"""What encoding will take: it grows as the work does, and is shared by processors."""

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression import cost
from brainrank.benchmark.types.assemblies import ResponseAssembly


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "measured_speed", lambda: 1e11)
    monkeypatch.setattr(cost, "processors", lambda: 2)


def test_it_grows_with_stimuli_targets_layers_and_features_up_to_the_stimuli() -> None:
    base = cost.seconds([20_000], 10_000, 1_000, folds=5)
    assert base == pytest.approx(5 * (18 * 8_000**3 + 9 * 8_000**2 * 1_000) / 2e11)
    assert cost.seconds([50_000], 10_000, 1_000, folds=5) == base
    assert cost.seconds([20_000] * 3, 10_000, 1_000, folds=5) == pytest.approx(3 * base)
    assert cost.seconds([20_000], 10_000, 2_000, folds=5) > base
    assert cost.seconds([20_000], 20_000, 1_000, folds=5) > 7 * base
    assert cost.seconds([500], 10_000, 1_000, folds=5) < base / 20


def test_what_is_stored_and_single_precision_save_their_part() -> None:
    products = 5 * 9 * 8_000**2 * 1_000 / 2e11
    whole = cost.seconds([20_000], 10_000, 1_000, folds=5)
    assert cost.seconds([20_000], 10_000, 1_000, folds=5, stored=[5]) == pytest.approx(products)
    assert cost.seconds([20_000], 10_000, 1_000, folds=5, single=False) == pytest.approx(whole + products)
    half = cost.seconds([20_000] * 2, 10_000, 1_000, folds=5, stored=[5, 0])
    assert half == pytest.approx(whole + products)


def test_processors_without_a_piece_do_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "processors", lambda: 5)
    five = cost.seconds([20_000], 10_000, 1, folds=5)
    monkeypatch.setattr(cost, "processors", lambda: 64)
    assert cost.seconds([20_000], 10_000, 1, folds=5) == five


def test_small_studies_are_not_told_anything() -> None:
    ids = tuple(map(str, range(60)))
    assembly = ResponseAssembly("v1", ids, ("a",), np.zeros((60, 1, 1)))
    assert EncodingMetric().expected_seconds([layer_gram("x", np.eye(60))], assembly) is None
