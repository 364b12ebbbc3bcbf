"""RDMs in the files that laboratories have: .npz, .npy, MATLAB's .mat, the RSA toolbox's structures among them, .h5."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.array_files import read_arrays
from brainrank.datasets.readers.rdms import KNOWN, SubjectRdms, check_rdms, read_rdms

USUAL = ("rdms", "rdm")
FIELD = "RDM"  # of the structure that the RSA toolbox for MATLAB makes: RDM, name, color


def read_rdm_file(path: Path, variable: str | None = None, times_ms: Sequence[float] | None = None) -> SubjectRdms:
    """Read the RDMs of a file, or those of its array `variable`.

    An .npz is read as `read_rdms` does unless a variable is named. Of other files the array called rdms or RDM, in
    small or capital letters, is taken, or the only one with two or more dimensions; `stimulus_ids` and `subjects`
    beside it are used. Raises InvalidDataError, naming the file, for another kind, and where it is not clear which.
    """
    if path.suffix.lower() == ".npz" and variable is None:
        return read_rdms(path, times_ms)
    arrays = read_arrays(path)
    name = _which(arrays, path, variable)
    found = {known: arrays[known] for known in KNOWN[1:] if known in arrays}
    if arrays[name].dtype.names is None:
        return check_rdms(found | {"rdms": _without_ones(arrays[name])}, str(path), times_ms)
    return check_rdms(found | _of_structures(arrays[name], path), str(path), times_ms)


def _which(arrays: Mapping[str, NDArray[Any]], path: Path, variable: str | None) -> str:
    held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "nothing"
    if variable is not None:
        if variable not in arrays:
            raise InvalidDataError(f"{path} has no variable '{variable}'; it holds {held}")
        return variable
    named = [name for name in arrays if name.lower() in USUAL]
    numbers = [name for name, array in arrays.items() if array.dtype.kind in "fiub" and array.size > 1]
    fitting = named or [name for name in numbers if np.squeeze(arrays[name]).ndim >= 2] or numbers
    if len(fitting) != 1:
        raise InvalidDataError(
            f"{path} holds {held}: {len(fitting)} arrays that may be the RDMs; say which with --variable NAME"
        )
    return fitting[0]


def _without_ones(array: NDArray[Any]) -> NDArray[Any]:
    """A vector as MATLAB has it, 1 x pairs or pairs x 1, as one."""
    return array.ravel() if array.ndim == 2 and 1 in array.shape else array


def _of_structures(array: NDArray[Any], path: Path) -> dict[str, NDArray[Any]]:
    """The RDMs of an array of structures, each of a subject (or session) by its name."""
    if FIELD not in (array.dtype.names or ()):
        fields = ", ".join(array.dtype.names or ())
        raise InvalidDataError(f"{path} holds structures with {fields} and no {FIELD}; save the RDMs as an array")
    each = [np.asarray(item[FIELD]) for item in array.ravel()]
    if len({rdm.shape for rdm in each}) > 1:
        raise InvalidDataError(f"{path} holds RDMs of different shapes; save those of the same stimuli")
    rdms = np.stack([_without_ones(rdm) for rdm in each])
    if "name" not in (array.dtype.names or ()):
        return {"rdms": rdms}
    names = np.array(["".join(map(str, np.ravel(item["name"]))) for item in array.ravel()])
    return {"rdms": rdms} | ({"subjects": names} if len(set(names)) == len(names) else {})
