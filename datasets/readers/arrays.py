"""NumPy files: read without pickle, with the file's name in every complaint."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.axes import AXES, choose_axes, stated_axes
from brainrank.datasets.readers.labels import as_text


def read_array(path: Path, *, axes: tuple[str, ...]) -> NDArray[np.float64]:
    """Read a numeric `.npy` array whose axes are named by `axes`, such as ("stimuli", "features").

    Raises InvalidDataError when the file is missing, is no .npy file, is not numeric, has another number of axes, or
    holds NaN or infinite values (naming the first rows that do).
    """
    array = _numbers(path)
    if array.ndim != len(axes):
        raise InvalidDataError(f"{path} has shape {array.shape}; its axes must be ({', '.join(axes)})")
    return finite(array, path, axes[0])


def read_responses(path: Path, *, stimuli: int, axes: str | None) -> NDArray[np.float64]:
    """Read responses of a `.npy` file to so many stimuli as (stimuli, repeats, targets); one repeat where it has none.

    `axes` names its axes by commas, and may be left out where one order fits. Raises InvalidDataError as `read_array`,
    and where the axes can be read in two ways and are not named.
    """
    array = _numbers(path)
    if axes is None:
        what, remedy = str(path), "give the same stimuli in the same order"
        named = choose_axes(array.shape, stimuli, what=what, remedy=remedy, option="--axes {}")
    else:
        named = stated_axes(axes)
        if len(named) != array.ndim:
            raise InvalidDataError(f"{path} has shape {array.shape}, {array.ndim} axes; --axes names {axes}")
    order = [named.index(axis) for axis in AXES if axis in named]
    responses = array.transpose(order)
    return finite(responses if responses.ndim == 3 else responses[:, None], path, "stimuli")


def read_labels(path: Path) -> NDArray[np.str_]:
    """Read one label for each stimulus, a word or a number, as text. Raises InvalidDataError for anything else."""
    labels = _load(path)
    if labels.ndim != 1 or labels.dtype.kind not in "fiubUS":
        raise InvalidDataError(f"{path} holds {labels.dtype} values of shape {labels.shape}; give a label per stimulus")
    if labels.dtype.kind == "f":
        finite(labels, path, "stimuli")
    return np.array(as_text(labels.astype(np.int64) if labels.dtype.kind == "b" else labels))


def _numbers(path: Path) -> NDArray[np.generic]:
    array = _load(path)
    if array.dtype.kind not in "fiub":
        raise InvalidDataError(f"{path} holds {array.dtype} values; they must be numbers")
    return array


def _load(path: Path) -> NDArray[np.generic]:
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InvalidDataError(f"{path} does not exist; give the path of a .npy file") from None
    except (OSError, ValueError, EOFError) as error:
        raise InvalidDataError(f"{path} is not a plain .npy file ({error}); write it with numpy.save") from error
    if not isinstance(array, np.ndarray):
        raise InvalidDataError(f"{path} is an archive of several arrays; give a .npy file with one array")
    return array


def finite(array: NDArray[np.generic], path: Path | str, rows: str) -> NDArray[np.float64]:
    """An array of numbers without NaN or infinite values. Raises InvalidDataError that names `path` and the rows."""
    faulty = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1)) if array.size else np.array([0])
    if faulty.size:
        what = "NaN or infinite values" if array.size else "no values at all"
        numbers = ", ".join(map(str, faulty[:5]))
        raise InvalidDataError(
            f"{path} has {what} in {rows} row {numbers} ({faulty.size} such rows); remove or fill them"
        )
    return array.astype(np.float64)
