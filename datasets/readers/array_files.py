"""Arrays and tables of responses as laboratories store them: .npy, .npz, .mat (any version), .h5, .csv, .parquet.

Read without pickle. An array comes with whatever else the file says in words or by a usual name, as labels.
"""

import csv
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.axes import axis_called
from brainrank.datasets.readers.hdf5 import reading_hdf5
from brainrank.datasets.readers.own_files import reading

if TYPE_CHECKING:
    import pandas as pd

HDF5_MAGIC = b"\x89HDF"
NO_TARGETS = {"trial", "trials", "session", "run", "block", "onset", "duration", "index", "order", "subject", "rt"}
Arrays = dict[str, NDArray[Any]]


class Found(NamedTuple):
    """An array of numbers, and the other one-dimensional arrays beside it by name.

    `axes` are those of a table, whose rows are stimuli and whose columns are targets; None where they are not told.
    """

    values: NDArray[Any]
    labels: Mapping[str, NDArray[Any]]
    axes: tuple[str, ...] | None = None


def read_array_file(path: Path, variable: str | None = None) -> Found:
    """Read the one array of numbers of a file, or the one named `variable`.

    Raises InvalidDataError, naming the file, for a file of another kind, a damaged one, and one with several such
    arrays (naming them) or none.
    """
    if not path.is_file():
        raise InvalidDataError(f"{path} does not exist; give the path of a file of responses")
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        if variable is not None:
            raise InvalidDataError(f"{path} is a table, which has no variables; leave --variable out")
        return from_table(_TABLES[suffix](path), path)
    if suffix not in _ARRAYS:
        known = ", ".join(sorted({*_ARRAYS, *_TABLES, ".nc", ".nii", ".nii.gz", ".gii"}))
        raise InvalidDataError(f"{path} is of no kind that is read ({known}); save it as one of them")
    return _choose_array(_ARRAYS[suffix](path), path, variable)


def read_arrays(path: Path) -> Arrays:
    """All arrays of a .npy, .npz, .mat or HDF5 file by name. Raises InvalidDataError, naming it, for another file."""
    if not path.is_file():
        raise InvalidDataError(f"{path} does not exist; give the path of a file")
    if path.suffix.lower() not in _ARRAYS:
        raise InvalidDataError(f"{path} is of no kind that is read ({', '.join(sorted(_ARRAYS))}); save it as one")
    return _ARRAYS[path.suffix.lower()](path)


def _choose_array(arrays: Arrays, path: Path, variable: str | None) -> Found:
    held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "nothing"
    if variable is not None and variable not in arrays:
        raise InvalidDataError(f"{path} has no variable '{variable}'; it holds {held}")
    numbers = [name for name, array in arrays.items() if array.dtype.kind in "fiub" and min(array.shape, default=0) > 0]
    several = [name for name in numbers if np.squeeze(arrays[name]).ndim >= 2]
    fitting = several or [name for name in numbers if arrays[name].ndim >= 2 and arrays[name].size > 1]
    if variable is None and len(fitting) != 1:
        raise InvalidDataError(
            f"{path} holds {held}: {len(fitting)} arrays that may be the responses; say which with --variable NAME"
        )
    name = variable if variable is not None else fitting[0]
    if arrays[name].dtype.kind not in "fiub" or arrays[name].ndim < 2:
        raise InvalidDataError(f"{name} in {path} is {arrays[name].dtype} of shape {arrays[name].shape}, not responses")
    others = {
        each: np.ravel(array)
        for each, array in arrays.items()
        if each != name and np.squeeze(array).ndim <= 1 and array.dtype.kind in "fiubSUO"
    }
    return Found(arrays[name], others)


def _npy(path: Path) -> Arrays:
    with reading(path):
        array = np.load(path, allow_pickle=False, mmap_mode="r")
    if not isinstance(array, np.ndarray):
        raise InvalidDataError(f"{path} is an archive of several arrays; give it the ending .npz")
    return {"the array": array}


def _npz(path: Path) -> Arrays:
    try:
        # Opened here: on a damaged archive numpy leaves the file open.
        with reading(path), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, AttributeError) as error:
        raise InvalidDataError(f"{path} is no archive of arrays ({error}); write it with numpy.savez") from error


def _mat(path: Path) -> Arrays:
    with path.open("rb") as opened:
        # Version 7.3 is HDF5 behind a heading of 512 bytes.
        newest = HDF5_MAGIC in opened.read(520)
    if newest:
        return _hdf5(path)
    import scipy.io

    try:
        with reading(path):
            stored = scipy.io.loadmat(path, chars_as_strings=True)
    except scipy.io.matlab.MatReadError as error:
        raise InvalidDataError(f"{path} is damaged, or no .mat file ({error}); save it anew") from error
    return {name: _words(value) for name, value in stored.items() if not name.startswith("__")}


def _words(value: NDArray[Any]) -> NDArray[Any]:
    """A cell array of strings as an array of them; other arrays as they are."""
    if value.dtype.kind != "O":
        return value
    return np.array(["".join(map(str, np.ravel(cell))) for cell in value.ravel()])


def _hdf5(path: Path) -> Arrays:
    found: Arrays = {}

    def take(name: str, item: Any) -> None:
        if hasattr(item, "shape") and item.shape is not None and not name.startswith("#"):
            found[name] = _of_hdf5(item, stored)

    with reading_hdf5(path) as stored:
        stored.visititems(take)
    return found


def _of_hdf5(item: Any, stored: Any) -> NDArray[Any]:
    """A data set of HDF5; MATLAB's with its axes in MATLAB's order, which HDF5 turns round, and its words as words."""
    values = item[()]
    kind = item.attrs.get("MATLAB_class", b"")
    if kind == b"cell":
        return np.array(["".join(map(chr, np.ravel(stored[cell][()]))) for cell in np.ravel(values)])
    if kind == b"char":
        return np.array(["".join(map(chr, row)) for row in np.atleast_2d(values.T)])
    return np.asarray(values.T if kind else values)


def _csv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig") as opened:
            first = opened.readline().strip()
        separator = max(",;\t", key=first.count)
        table = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{path} is not a readable table ({error}); write one with a heading line") from error
    headings = [heading.strip() for heading in next(csv.reader([first], delimiter=separator))]
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    if twice or not isinstance(table.index, pd.RangeIndex):
        fault = f"has {twice[0] or 'no heading'} twice" if twice else "has more values in a line than headings"
        raise InvalidDataError(f"{path} {fault}; give every column a heading of its own")
    return table


def _parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    with reading(path):
        table = pd.read_parquet(path)
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def from_table(table: "pd.DataFrame", path: Path | str) -> Found:
    """A line for each stimulus (or presentation), a column for each target; columns of words are labels.

    `path` is what messages call the table.
    """
    numbers, labels = {}, {}
    for place, heading in enumerate(map(str, table.columns)):
        column = table.iloc[:, place]
        usual = axis_called(heading)
        values = None if usual == "stimuli" else _numbers(column)
        if usual in {"repeats", "targets"}:
            raise InvalidDataError(
                f"{path} has a column {heading}; write a line for each stimulus and a column for each target (repeats "
                "of a stimulus are further lines of it)"
            )
        if values is None:
            labels[heading] = column.map(str).to_numpy(dtype=str)
        elif not heading.strip() or heading.startswith("Unnamed"):
            raise InvalidDataError(f"{path} has numbers without a heading in column {place + 1}; name or drop it")
        elif heading.strip().lower() in NO_TARGETS:
            raise InvalidDataError(f"{path} has a column {heading}, which is no target; drop it")
        else:
            numbers[heading] = values
    if not numbers or not len(table):
        raise InvalidDataError(f"{path} has no column of numbers below its headings; write a column for each target")
    if all(_is_number(heading) for heading in table.columns):
        raise InvalidDataError(f"{path} has numbers in its first line, where headings belong; name the columns")
    values = np.stack(list(numbers.values()), axis=1)
    return Found(values, labels | {"target_id": np.array(list(numbers))}, ("stimuli", "targets"))


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64] | None:
    """A column as numbers, an empty cell as NaN; None where it holds words."""
    import pandas as pd

    text = column.map(lambda cell: str(cell).strip())
    missing = text.str.lower().isin(["", "nan", "na", "none"])
    values = pd.to_numeric(text.where(~missing), errors="coerce")
    return None if values[~missing].isna().any() or missing.all() else values.to_numpy(dtype=np.float64)


def _is_number(heading: object) -> bool:
    try:
        float(str(heading))
    except ValueError:
        return False
    return True


_ARRAYS: Mapping[str, Callable[[Path], Arrays]] = {
    ".npy": _npy, ".npz": _npz, ".mat": _mat, ".h5": _hdf5, ".hdf5": _hdf5,
}  # fmt: skip
_TABLES: Mapping[str, Callable[[Path], "pd.DataFrame"]] = {
    ".csv": _csv, ".tsv": _csv, ".parquet": _parquet,
}  # fmt: skip
