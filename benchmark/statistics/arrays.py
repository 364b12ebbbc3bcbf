"""Arrays of NumPy and of torch by the same code, and what of it the array standard has not.

What is computed by `namespace(array)` and operators is computed where the array lies: NumPy's on the processor, torch's
on its device, in double precision wherever NumPy's is. Small arrays that decide what is computed next (penalties, their
scores, indexes) are always NumPy's. Reference: the array API standard (2023.12), https://data-apis.org/array-api, by
array-api-compat. Why: docs/decisions/arrays-on-the-card.md.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from numpy.typing import NDArray

# Of NumPy or of torch. There is no type for both: NumPy's operators are overloaded, and fit no protocol. Annotations
# of jaxtyping hold it to its shape and to the kind of its numbers in tests.
Array = Any
# A torch.device, whose library is not imported here: the web process has none. None is NumPy's arrays.
Device = Any

_device: ContextVar[Device] = ContextVar("_device", default=None)


@contextmanager
def computing_on(device: Device) -> Iterator[None]:
    """Have `here` put arrays on this device, None being NumPy, as long as the context lasts."""
    token = _device.set(device)
    try:
        yield
    finally:
        _device.reset(token)


def current_device() -> Device:
    """The device that `computing_on` told; None, for NumPy, where it did not."""
    return _device.get()


def here(array: NDArray[Any]) -> Array:
    """An array on the device that `computing_on` told; itself where that is NumPy."""
    return onto(array, current_device())


def beside(array: NDArray[Any], other: Array) -> Array:
    """An array where another one lies."""
    return onto(array, device_of(other))


def onto(array: NDArray[Any], device: Device) -> Array:
    """An array on a device: a copy, or itself where that is NumPy."""
    if device is None:
        return array
    import torch

    return torch.tensor(array, device=device)


def host(array: Array) -> NDArray[Any]:
    """An array as NumPy's; itself where it is one."""
    return array if is_numpy_array(array) else np.asarray(array.cpu().numpy())


def device_of(array: Array) -> Device:
    """The device of torch's array; None of NumPy's."""
    return None if is_numpy_array(array) else array.device


def namespace(array: Array) -> Any:
    """The functions of the standard for an array, by NumPy's names: NumPy itself has them, and loads nothing more."""
    return np if is_numpy_array(array) else array_namespace(array)


def column_products(
    one: Float[Array, "rows columns"], other: Float[Array, "rows columns"], *, float64: bool = False
) -> Float[Array, " columns"]:
    """The sum over rows of products, sum_r a_rc b_rc, in the arrays' own precision or in float64."""
    if is_numpy_array(one):
        return np.einsum("rc,rc->c", one, other, dtype=np.float64 if float64 else None)
    xp = namespace(one)
    if float64:
        one, other = (xp.astype(each, xp.float64, copy=False) for each in (one, other))
    return xp.sum(one * other, axis=0)


def row_squares(
    rows: Float[Array, "rows columns"], weights: Float[Array, " columns"] | None = None
) -> Float[Array, " rows"]:
    """The sum over columns of squares, sum_c w_c a_rc^2: with float64 weights in float64, without in the rows' own."""
    if is_numpy_array(rows):
        return np.einsum("rc,rc->r", rows, rows) if weights is None else np.einsum("rc,c,rc->r", rows, weights, rows)
    xp = namespace(rows)
    return xp.sum(rows**2, axis=1) if weights is None else xp.astype(rows, xp.float64, copy=False) ** 2 @ weights


def largest_magnitudes(values: Float[Array, "rows columns"]) -> Float[Array, " columns"]:
    """The largest magnitude of each column; 0 where there are no rows."""
    xp = namespace(values)
    if not len(values):
        return xp.zeros(values.shape[1], dtype=values.dtype, device=device_of(values))
    return xp.max(xp.abs(values), axis=0)


def quotient(
    one: Float[Array, "*#shape"], other: Float[Array, "*#shape"], *, where: Bool[Array, "*#shape"], otherwise: float
) -> Float[Array, "*#shape"]:
    """Return a / b where told, and `otherwise` elsewhere, where b may be 0."""
    xp = namespace(one)
    return xp.where(where, one / xp.where(where, other, 1.0), otherwise)


def ascending_order(values: Float[Array, " values"]) -> Int[Array, " values"]:
    """The indexes that sort values; of NumPy's in half the memory."""
    if is_numpy_array(values):
        return np.argsort(values).astype(np.int32)
    return namespace(values).argsort(values, stable=True)


def cumulative_sum(values: Float[Array, " values"]) -> Float[Array, " values"]:
    """The sum of each value and all before it. On a device by rows and then over rows: so it is the same every time."""
    if is_numpy_array(values):
        return np.cumsum(values)
    xp, width = namespace(values), math.isqrt(len(values)) + 1
    padded = xp.zeros(width * width, dtype=values.dtype, device=values.device)
    padded[: len(values)] = values
    rows = xp.cumulative_sum(xp.reshape(padded, (width, width)), axis=1)
    rows[1:] += beside(np.cumsum(host(rows[:-1, -1])), values)[:, None]
    return xp.reshape(rows, (-1,))[: len(values)]


def sums_of_runs(values: Float[Array, " values"], starts: Int[Array, " runs"]) -> Float[Array, " runs"]:
    """The sum of each run of values, told by where it starts; the first starts at 0."""
    if is_numpy_array(values):
        return np.add.reduceat(values, starts)
    up_to = cumulative_sum(values)
    at_ends = namespace(values).concat([up_to[starts[1:] - 1], up_to[-1:]])
    at_ends[1:] -= up_to[starts[1:] - 1]
    return at_ends


def check_positive_definite(matrix: Float[Array, "rows rows"]) -> None:
    """Raise LinAlgError, NumPy's, for a matrix that is not positive definite."""
    if is_numpy_array(matrix):
        np.linalg.cholesky(matrix)
        return
    if int(namespace(matrix).linalg.cholesky_ex(matrix).info):
        raise np.linalg.LinAlgError("Matrix is not positive definite")


def members_by_size(unit_of: Int[ndarray, " rows"]) -> Iterator[Int[ndarray, "units size"]]:
    """For each size of units, their rows, a unit to a line."""
    sizes = np.bincount(unit_of)[unit_of]
    for size in np.unique(sizes):
        of_size = np.flatnonzero(sizes == size)
        yield of_size[np.argsort(unit_of[of_size], kind="stable")].reshape(-1, size)
