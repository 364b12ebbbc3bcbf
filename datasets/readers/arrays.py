"""NumPy files: read without pickle, with the file's name in every complaint."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError


def read_array(path: Path, *, axes: tuple[str, ...]) -> NDArray[np.float64]:
    """Read a numeric `.npy` array whose axes are named by `axes`, such as ("stimuli", "features").

    Raises InvalidDataError when the file is missing, is no .npy file, is not numeric, has another number of axes, or
    holds NaN or infinite values (naming the first rows that do).
    """
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InvalidDataError(f"{path} does not exist; give the path of a .npy file") from None
    except (OSError, ValueError, EOFError) as error:
        raise InvalidDataError(f"{path} is not a plain .npy file ({error}); write it with numpy.save") from error
    if not isinstance(array, np.ndarray):
        raise InvalidDataError(f"{path} is an archive of several arrays; give a .npy file with one array")
    if array.dtype.kind not in "fiub":
        raise InvalidDataError(f"{path} holds {array.dtype} values; they must be numbers")
    if array.ndim != len(axes):
        raise InvalidDataError(f"{path} has shape {array.shape}; its axes must be ({', '.join(axes)})")
    faulty = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1)) if array.size else np.array([0])
    if faulty.size:
        what = "NaN or infinite values" if array.size else "no values at all"
        rows = ", ".join(map(str, faulty[:5]))
        raise InvalidDataError(
            f"{path} has {what} in {axes[0]} row {rows} ({faulty.size} such rows); remove or fill them"
        )
    return array.astype(np.float64)
