"""RDMs of several subjects in one NumPy archive: checked, condensed, with the file's name in every complaint."""

import math
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError


class SubjectRdms(NamedTuple):
    """A condensed RDM per subject; without names in the file, stimuli and subjects are numbered from 1."""

    rdms: NDArray[np.float64]
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]


def read_rdms(path: Path) -> SubjectRdms:
    """Read an `.npz` archive with `rdms`, (subjects, pairs) or (subjects, stimuli, stimuli), and optionally names.

    The names are `stimulus_ids` and `subjects`. Raises InvalidDataError when the file is missing or no archive without
    pickled objects, when `rdms` is absent, not numeric, of another shape, not symmetric with a zero diagonal, or holds
    NaN or infinite values, and when names do not fit or repeat.
    """
    arrays = _arrays(path)
    if "rdms" not in arrays:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise InvalidDataError(f"{path} holds {held}; it needs an array named rdms")
    raw = arrays["rdms"]
    if raw.dtype.kind not in "fiub" or raw.size == 0:
        raise InvalidDataError(f"rdms in {path} holds {raw.dtype} values of shape {raw.shape}; it needs numbers")
    rdms = _condensed(raw.astype(np.float64), path)
    subjects = _names(arrays.get("subjects"), len(rdms), "subjects", path)
    faulty = np.flatnonzero(~np.isfinite(rdms).all(axis=1))
    if faulty.size:
        count = int((~np.isfinite(rdms[faulty[0]])).sum())
        raise InvalidDataError(
            f"rdms in {path} has {count} NaN or infinite pairs for subject {subjects[faulty[0]]} "
            f"({faulty.size} such subjects); leave those stimuli or subjects out"
        )
    return SubjectRdms(
        rdms, _names(arrays.get("stimulus_ids"), _stimuli(rdms.shape[1]), "stimulus_ids", path), subjects
    )


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    remedy = "write it with numpy.savez(path, rdms=...)"
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise InvalidDataError(f"{path} holds a single array, not an archive; {remedy}")
        with archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise InvalidDataError(f"{path} does not exist; give the path of an .npz file with rdms") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidDataError(f"{path} is not a plain .npz file ({error}); {remedy}") from error


def _condensed(rdms: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    if rdms.ndim == 3 and rdms.shape[1] == rdms.shape[2] and rdms.shape[1] > 1:
        asymmetric = ~np.isclose(rdms, rdms.transpose(0, 2, 1), equal_nan=True, atol=1e-8).all(axis=(1, 2))
        own = (np.nan_to_num(np.diagonal(rdms, axis1=1, axis2=2)) != 0).any(axis=1)
        for faulty, rule in ((asymmetric, "is not symmetric"), (own, "is not zero on its diagonal")):
            if faulty.any():
                raise InvalidDataError(f"RDM {int(np.argmax(faulty)) + 1} in {path} {rule}; give dissimilarities")
        return rdms[:, *np.triu_indices(rdms.shape[1], k=1)]
    if rdms.ndim != 2:
        raise InvalidDataError(f"rdms in {path} has shape {rdms.shape}; {_SHAPES}")
    if rdms.shape[0] == rdms.shape[1] and not np.diagonal(rdms).any():
        raise InvalidDataError(f"rdms in {path} is one square RDM, shape {rdms.shape}; {_SHAPES} (add [None])")
    n = _stimuli(rdms.shape[1])
    if n * (n - 1) // 2 != rdms.shape[1]:
        raise InvalidDataError(
            f"rdms in {path} has shape {rdms.shape}; {_SHAPES}: {rdms.shape[1]} pairs are not n (n - 1) / 2 for any n"
        )
    return rdms


_SHAPES = "it must be (subjects, pairs) or (subjects, stimuli, stimuli)"


def _stimuli(n_pairs: int) -> int:
    return (1 + math.isqrt(1 + 8 * n_pairs)) // 2


def _names(names: NDArray[np.generic] | None, count: int, what: str, path: Path) -> tuple[str, ...]:
    if names is None:
        return tuple(str(i + 1) for i in range(count))
    given = tuple(str(name) for name in names.ravel())
    if len(given) != count:
        raise InvalidDataError(f"{what} in {path} has {len(given)} names, rdms has {count}; give one each, in order")
    repeated = sorted({name for name in given if given.count(name) > 1})
    if repeated:
        raise InvalidDataError(f"{what} in {path} repeats {', '.join(repeated[:5])}; names are unique")
    return given
