"""What the array standard has not, of torch's arrays as of NumPy's; and where arrays are put."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from brainrank.benchmark.statistics import arrays
from brainrank.benchmark.statistics.pieces import in_pieces

CPU = torch.device("cpu")
ROWS = np.random.default_rng(0).standard_normal((7, 5))
OTHER = np.random.default_rng(1).standard_normal((7, 5))

FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    "column products": (arrays.column_products, (ROWS * OTHER).sum(axis=0)),
    "column products in float64": (
        lambda one, other: arrays.column_products(one, other, float64=True),
        (ROWS * OTHER).sum(axis=0),
    ),
    "row squares": (lambda one, _: arrays.row_squares(one), (ROWS**2).sum(axis=1)),
    "weighted row squares": (lambda one, other: arrays.row_squares(one, other[0]), ROWS**2 @ OTHER[0]),
    "largest magnitudes": (lambda one, _: arrays.largest_magnitudes(one), np.abs(ROWS).max(axis=0)),
    "quotient": (
        lambda one, other: arrays.quotient(one, other, where=other > 0, otherwise=-9.0),
        np.array([a / b if b > 0 else -9.0 for a, b in zip(ROWS.ravel(), OTHER.ravel(), strict=True)]).reshape(7, 5),
    ),
}


@pytest.mark.parametrize("device", [None, CPU])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_what_its_formula_says(name: str, device: Any) -> None:
    function, expected = FUNCTIONS[name]
    found = function(arrays.onto(ROWS, device), arrays.onto(OTHER, device))
    assert arrays.device_of(found) == device
    np.testing.assert_allclose(arrays.host(found), expected, rtol=1e-13)


@pytest.mark.parametrize("device", [None, CPU])
def test_sums_in_float64_lose_nothing_of_float32(device: Any) -> None:
    one, other = (arrays.onto(each.astype(np.float32), device) for each in (ROWS, OTHER))
    found = arrays.host(arrays.column_products(one, other, float64=True))
    expected = (ROWS.astype(np.float32).astype(np.float64) * OTHER.astype(np.float32)).sum(axis=0)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("device", [None, CPU])
def test_only_positive_definite_matrices_pass(device: Any) -> None:
    arrays.check_positive_definite(arrays.onto(ROWS.T @ ROWS, device))
    with pytest.raises(np.linalg.LinAlgError):
        arrays.check_positive_definite(arrays.onto(ROWS.T @ ROWS - 100 * np.eye(5), device))


@pytest.mark.parametrize("device", [None, CPU])
def test_no_rows_have_no_largest_number(device: Any) -> None:
    assert arrays.host(arrays.largest_magnitudes(arrays.onto(ROWS[:0], device))).tolist() == [0.0] * 5


def test_units_are_told_by_size() -> None:
    found = [each.tolist() for each in arrays.members_by_size(np.array([2, 0, 2, 1, 0, 3, 3, 3]))]
    assert found == [[[3]], [[1, 4], [0, 2]], [[5, 6, 7]]]


def test_arrays_go_where_the_context_says_and_are_copies_there() -> None:
    assert arrays.here(ROWS) is ROWS
    fixed = ROWS.copy()
    fixed.flags.writeable = False  # as of a stored layer
    with arrays.computing_on(CPU):
        there = arrays.here(fixed)
        assert arrays.device_of(there) == CPU
        assert arrays.device_of(arrays.beside(OTHER, there)) == CPU
        with arrays.computing_on(None):
            assert arrays.here(ROWS) is ROWS
    there += 1
    assert arrays.current_device() is None
    assert (fixed == ROWS).all()
    assert arrays.host(ROWS) is ROWS
    assert (arrays.host(there) == ROWS + 1).all()


def test_a_device_has_one_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainrank.benchmark.statistics.pieces.processors", lambda: 4)
    with arrays.computing_on(CPU):
        assert in_pieces([threading.get_ident] * 20, bytes_each=1) == [threading.get_ident()] * 20


@pytest.mark.parametrize("device", [None, CPU])
@pytest.mark.parametrize("length", [1, 2, 16, 17, 1000])
def test_sums_along_values_and_over_runs(length: int, device: Any) -> None:
    values = np.random.default_rng(length).standard_normal(length)
    starts = np.unique(np.concatenate([[0], np.random.default_rng(1).integers(0, length, 5)]))
    there = arrays.onto(values, device)
    np.testing.assert_allclose(arrays.host(arrays.cumulative_sum(there)), np.cumsum(values), rtol=0, atol=1e-12)
    expected = [part.sum() for part in np.split(values, starts[1:])]
    found = arrays.sums_of_runs(there, arrays.onto(starts, device))
    np.testing.assert_allclose(arrays.host(found), expected, rtol=0, atol=1e-12)
    assert (np.diff(values[arrays.host(arrays.ascending_order(there))]) >= 0).all()
