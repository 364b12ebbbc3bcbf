"""Symmetric matrices and their triangles."""

import numpy as np
import pytest

from brainrank.benchmark.activations import triangle
from brainrank.benchmark.activations.triangle import square_of, triangle_of


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_and_back(n: int, dtype: type[np.floating], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triangle, "BLOCK", 8)
    x = np.random.default_rng(n).standard_normal((n, 3))
    square = (x @ x.T).astype(dtype).astype(np.float64)
    square = np.tril(square) + np.tril(square, -1).T
    found = triangle_of(square, dtype)
    assert (found.dtype, found.size) == (dtype, n * (n + 1) // 2)
    np.testing.assert_array_equal(found, square[np.tril_indices(n)].astype(dtype))
    np.testing.assert_array_equal(square_of(found), square)


@pytest.mark.parametrize("size", [2, 4])
def test_what_is_no_triangle(size: int) -> None:
    with pytest.raises(ValueError, match="are no triangle"):
        square_of(np.zeros(size))
