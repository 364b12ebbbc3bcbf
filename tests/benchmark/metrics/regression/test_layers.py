"""Encoding on a device comes to what it does in NumPy: torch on the CPU stands for a card.

r may differ by 1e-4 (docs/decisions/arrays-on-the-card.md), and does by less: 1e-6 of float64, 2e-5 of float32 where
two penalties are equally good. The r that layers are chosen by are taken of what is left of float32 responses when
what the largest penalty leaves of predictions is subtracted: there rounding is up to .002 of r, in NumPy as in torch.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from stand_in_card import CARD, on_a_card

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression import spectrum
from brainrank.benchmark.metrics.regression.folds import assign_folds
from brainrank.benchmark.metrics.regression.layers import chosen_predictions, layer_correlations
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.metrics.regression.ridge import ridge
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.statistics.arrays import onto
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds

N, TARGETS, CHOSEN = 120, 9, [0, 1, 0, 1, 0]
R = {np.float64: 1e-6, np.float32: 2e-5}
CHOOSING = {np.float64: 1e-6, np.float32: 5e-3}


def study(width: int, dtype: type[np.floating], *, grouped: bool) -> tuple[NDArray[Any], NDArray[Any], StimulusFolds]:
    rng = np.random.default_rng(width)
    x, units = rng.standard_normal((N, width)), np.arange(N)
    if grouped:
        units = np.repeat(np.arange(N // 2), 2)
        units[:3] = 0  # of three, two and one stimuli
        x = x[units] + 0.5 * x
    y = x[:, :5] @ rng.standard_normal((5, TARGETS)) + 2 * rng.standard_normal((N, TARGETS))
    y[:, 1] = 3.0  # does not vary
    fold_of = assign_folds(N, folds=5, rng=rng, groups=units if grouped else None)
    return x, y.astype(dtype), StimulusFolds(fold_of, units)


def layers(x: NDArray[Any]) -> list[LayerGram]:
    return [layer_gram("all", x), layer_gram("half", np.ascontiguousarray(x[:, ::2]))]


def assert_near(one: LayerCorrelations, other: LayerCorrelations, dtype: type[np.floating]) -> None:
    for here, there, most in zip(one, other, (R[dtype], CHOOSING[dtype]), strict=True):
        assert isinstance(there, np.ndarray)
        np.testing.assert_allclose(here, there, atol=most, rtol=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("width", [30, 500])
@pytest.mark.parametrize("selection", SELECTIONS)
def test_layers_and_predictions_are_those_of_numpy(
    selection: str, width: int, grouped: bool, dtype: type[np.floating]
) -> None:
    x, y, folds = study(width, dtype, grouped=grouped)

    def examined() -> list[LayerCorrelations]:
        return layer_correlations(layers(x), y, folds, selection=selection)

    def predicted() -> tuple[NDArray[Any], NDArray[Any]]:
        return chosen_predictions(layers(x), CHOSEN, y, fold_of=folds.fold_of, selection=selection)

    plain, expected = examined(), predicted()
    with on_a_card():
        found, made = examined(), predicted()
    for one, other in zip(plain, found, strict=True):
        assert_near(one, other, dtype)
    # In float32 a penalty may be as good as its neighbour to the last digit: predictions differ, their r does not.
    for one_array, other_array in zip(expected, made, strict=True):
        assert isinstance(other_array, np.ndarray)
        assert other_array.dtype == one_array.dtype
        scale = np.abs(one_array).max()
        np.testing.assert_allclose(one_array, other_array, atol=(1e-8 if dtype == np.float64 else 1e-2) * scale)


SELECTED: Mapping[str, Callable[[], Selection]] = {
    "by r": lambda: Selection("cv", "r"),
    "of single stimuli": lambda: Selection("cv", inner=np.tile(np.arange(N), (5, 1))),
    "of large folds": lambda: Selection("cv", inner=np.tile(np.arange(N) % 2, (5, 1))),
}


@pytest.mark.parametrize("width", [30, 500])
@pytest.mark.parametrize("selected", SELECTED)
def test_other_ways_to_cross_validate_are_those_of_numpy(selected: str, width: int) -> None:
    x, y, folds = study(width, np.float64, grouped=False)
    selection = SELECTED[selected]()
    plain = ridge(x, y, fold_of=folds.fold_of, selection=selection)
    with on_a_card():
        found = ridge(onto(x, CARD), onto(y, CARD), fold_of=folds.fold_of, selection=selection)
    np.testing.assert_allclose(plain.penalties, found.penalties, rtol=1e-9)
    np.testing.assert_allclose(plain.predictions, found.predictions, atol=1e-8)


def test_a_penalty_too_small_to_leave_anything_out_is_not_chosen() -> None:
    """Of 96 stimuli trained on, 72 remain where a fold is left out: fewer than the 90 features."""
    x, y, folds = study(90, np.float64, grouped=False)
    given = {"fold_of": folds.fold_of, "penalties": np.array([1e-300, 1.0, 100.0]), "selection": Selection("cv")}
    plain = ridge(x, y, **given)
    with on_a_card():
        found = ridge(onto(x, CARD), onto(y, CARD), **given)
    assert (found.penalties >= 1).all()
    np.testing.assert_array_equal(plain.penalties, found.penalties)


@pytest.mark.parametrize("grouped", [False, True])
def test_scores_and_intervals_are_those_of_numpy(grouped: bool) -> None:
    x, y, folds = study(500, np.float64, grouped=grouped)
    ids = tuple(map(str, range(N)))
    groups = tuple(map(str, folds.unit_of)) if grouped else None
    measured = ResponseAssembly("v4", ids, tuple(map(str, range(TARGETS))), y[:, None], groups=groups)
    metric = EncodingMetric(draws=100)
    plain = metric.score(layers(x), measured)
    with on_a_card():
        found = metric.score(layers(x), measured)
    assert found.layers == plain.layers
    assert found.value == pytest.approx(plain.value, abs=1e-6)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high), abs=1e-6
    )


class Derived:
    """What was derived of a layer, in memory."""

    def __init__(self) -> None:
        self.found: dict[str, Mapping[str, NDArray[Any]]] = {}

    def has(self, name: str) -> bool:
        return name in self.found

    def obtain(self, name: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        if name not in self.found:
            self.found[name] = make()
        return self.found[name]


@pytest.mark.parametrize("width", [90, 500])
def test_stored_decompositions_are_read_onto_the_device_and_each_kind_has_its_own(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrum, "STORED_FROM", 80)
    x, y, folds = study(width, np.float32, grouped=False)
    derived = Derived()
    stored = [LayerGram(**vars(each) | {"derived": derived}) for each in layers(x)[:1]]
    (plain,) = layer_correlations(stored, y, folds, selection="loo")
    assert len(derived.found) == 5
    for _ in range(2):
        with on_a_card():
            (found,) = layer_correlations(stored, y, folds, selection="loo")
        assert_near(plain, found, np.float32)
        assert len(derived.found) == 10
    assert {type(each) for entry in derived.found.values() for each in entry.values()} == {np.ndarray}
