"""Symmetric matrices as their lower triangles, which are stored."""

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray
from numpy.typing import DTypeLike

BLOCK = 1_024


def triangle_of(square: Float[ndarray, "n n"], dtype: DTypeLike) -> Shaped[ndarray, " entries"]:
    """The lower triangle with its diagonal, row by row."""
    n = len(square)
    triangle = np.empty(n * (n + 1) // 2, dtype)
    for row, start in enumerate(_starts(n)):
        triangle[start : start + row + 1] = square[row, : row + 1]
    return triangle


def square_of(triangle: Shaped[ndarray, " entries"]) -> Float[ndarray, "n n"]:
    """The symmetric matrix of a lower triangle, float64. Raises ValueError where no n has that many entries."""
    n = (int(np.sqrt(8 * triangle.size + 1)) - 1) // 2
    if n * (n + 1) // 2 != triangle.size:
        raise ValueError(f"{triangle.size} entries are no triangle")
    square = np.empty((n, n))
    for row, start in enumerate(_starts(n)):
        square[row, : row + 1] = triangle[start : start + row + 1]
    for left in range(0, n, BLOCK):
        for top in range(left, n, BLOCK):
            block = square[top : top + BLOCK, left : left + BLOCK]
            mirrored = np.tril(block) + np.tril(block, -1).T if top == left else block.T
            square[left : left + BLOCK, top : top + BLOCK] = mirrored
    return square


def _starts(n: int) -> list[int]:
    rows = np.arange(n)
    return list(map(int, rows * (rows + 1) // 2))
