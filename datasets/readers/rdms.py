"""RDMs of several subjects in one NumPy archive: checked, condensed, with the file's name in every complaint."""

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import MAGIC_PREFIX
from numpy.typing import NDArray

from brainrank.benchmark.files.array_claims import check_npz
from brainrank.benchmark.files.zip_entries import UNREADABLE
from brainrank.benchmark.types.condensed import pairs_of, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError, first_line
from brainrank.datasets.readers.labels import as_text

KNOWN = ("rdms", "stimulus_ids", "subjects", "times_ms")
ROUNDING_OF_SINGLE = 1e-5


class SubjectRdms(NamedTuple):
    """A condensed RDM per subject, (subjects, pairs), or with times (subjects, times, pairs).

    Without names in the file, stimuli and subjects are numbered from 1; `named` says whether it names its stimuli.
    """

    rdms: NDArray[np.float64]
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    named: bool = False
    times_ms: tuple[float, ...] | None = None


def read_rdms(path: Path, times_ms: Sequence[float] | None = None) -> SubjectRdms:
    """Read an `.npz` archive with `rdms`, (subjects, pairs) or (subjects, stimuli, stimuli), and optionally names.

    With times, told or in its `times_ms`, these come after subjects: (subjects, times, pairs).
    The names are `stimulus_ids` and `subjects`; one subject's RDM may be (stimuli, stimuli). Symmetry and the zeros on
    a diagonal are asked as far as the arithmetic holds them. Raises InvalidDataError when the file is missing or no
    archive without pickled objects, holds other arrays, when `rdms` is absent, not numeric, of another shape, not
    symmetric with a zero diagonal, or holds NaN or infinite values, and when names do not fit or repeat.
    """
    return check_rdms(_arrays(path), str(path), times_ms)


def check_rdms(arrays: Mapping[str, NDArray[Any]], source: str, times_ms: Sequence[float] | None = None) -> SubjectRdms:
    """The RDMs among some arrays, from a file or from memory (`source`, as messages name it). Errors as `read_rdms`."""
    further = sorted(set(arrays) - set(KNOWN))
    if "rdms" in arrays and further:
        near = {name: get_close_matches(name, KNOWN, n=1) for name in further}
        named = ", ".join(f"{name} (is {near[name][0]} meant?)" if near[name] else name for name in further)
        raise InvalidDataError(f"{source} holds {named}, which nothing reads; it may hold {', '.join(KNOWN)}")
    if "rdms" not in arrays:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise InvalidDataError(f"{source} holds {held}; it needs an array named rdms")
    raw = arrays["rdms"]
    if raw.dtype.kind not in "fiub" or raw.size == 0:
        raise InvalidDataError(f"{_rdms_in(source)} holds {raw.dtype} values of shape {raw.shape}; it needs numbers")
    times = _times(arrays.get("times_ms"), times_ms, source)
    rdms = _condensed(raw if times is None else _rows_of_times(raw, len(times), source), source)
    if times is not None:
        rdms = rdms.reshape(-1, len(times), rdms.shape[1])
    subjects = _names(arrays.get("subjects"), len(rdms), "subjects", source)
    finite = np.isfinite(rdms).reshape(len(rdms), -1)
    faulty = np.flatnonzero(~finite.all(axis=1))
    if faulty.size:
        raise InvalidDataError(
            f"{_rdms_in(source)} has {int((~finite[faulty[0]]).sum())} NaN or infinite pairs for subject "
            f"{subjects[faulty[0]]} ({faulty.size} such subjects); leave those stimuli or subjects out"
        )
    ids = arrays.get("stimulus_ids")
    stimulus_ids = _names(ids, stimuli_of_pairs(rdms.shape[-1]), "stimulus_ids", source)
    return SubjectRdms(rdms, stimulus_ids, subjects, ids is not None, times)


def _times(own: NDArray[Any] | None, told: Sequence[float] | None, source: str) -> tuple[float, ...] | None:
    """The times of RDMs: those in their file, or told; of two that differ, an error."""
    if own is None:
        return None if told is None else tuple(told)
    found = tuple(map(float, np.ravel(own)))
    if told is not None and not (len(told) == len(found) and np.allclose(told, found)):
        raise InvalidDataError(
            f"{source} has the times_ms {found[0]:g} to {found[-1]:g}, {len(found)} of them, and {len(told)} others "
            "are told; keep one of them"
        )
    return found


def _rows_of_times(raw: NDArray[Any], times: int, source: str) -> NDArray[Any]:
    """RDMs of subjects at each time, one below the other: (subjects, times, pairs), or of one subject (times, pairs).

    Pairs may be a square of stimuli by stimuli.
    """
    square = raw.ndim > 2 and raw.shape[-1] == raw.shape[-2]
    of_rdm = raw.shape[-2:] if square else raw.shape[-1:]
    before = raw.shape[: raw.ndim - len(of_rdm)]
    if len(before) not in (1, 2) or before[-1] != times:
        raise InvalidDataError(
            f"{_rdms_in(source)} has shape {raw.shape}, and there are {times} times; it must be (subjects, times, "
            "pairs) or (subjects, times, stimuli, stimuli), or without subjects of one"
        )
    return raw.reshape(-1, *of_rdm)


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    remedy = "write it with numpy.savez(path, rdms=...)"
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC_PREFIX)) == MAGIC_PREFIX:
                raise InvalidDataError(f"{path} holds a single array, not an archive; {remedy}")
            check_npz(path)
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise InvalidDataError(f"{path} does not exist; give the path of an .npz file with rdms") from None
    except UNREADABLE as error:
        raise InvalidDataError(f"{path} is not a plain .npz file ({first_line(error)}); {remedy}") from error


def _rdms_in(source: str) -> str:
    return source if source.startswith("rdms") else f"rdms in {source}"


def _condensed(raw: NDArray[np.generic], source: str) -> NDArray[np.float64]:
    rdms, rounding = raw.astype(np.float64), _rounding(raw)
    if rdms.ndim == 2 and rdms.shape[0] == rdms.shape[1] > 1 and not _square_fault(rdms, rounding):
        rdms = rdms[None]  # one subject's; subjects x pairs are not symmetric about a diagonal of zeros
    if rdms.ndim == 3 and rdms.shape[1] > 1 and rdms.shape[1] in (rdms.shape[0], rdms.shape[2]):
        return _condensed_squares(rdms, rounding, source)
    if rdms.ndim == 1:
        rdms = rdms[None]
    if rdms.ndim != 2:
        raise InvalidDataError(f"{_rdms_in(source)} has shape {rdms.shape}; {_SHAPES}")
    try:
        stimuli_of_pairs(rdms.shape[1])
    except InvalidDataError:
        if rdms.shape[0] == rdms.shape[1]:
            fault = _square_fault(rdms, rounding)
            raise InvalidDataError(
                f"{_rdms_in(source)} is square, {rdms.shape}, and {fault}; give dissimilarities"
            ) from None
        raise InvalidDataError(
            f"{_rdms_in(source)} has shape {rdms.shape}; {_SHAPES}: {rdms.shape[1]} pairs are not n (n - 1) / 2 for "
            "any n"
        ) from None
    return rdms


def _condensed_squares(rdms: NDArray[np.float64], rounding: float, source: str) -> NDArray[np.float64]:
    """Squares of several subjects, who come first, or last as MATLAB stacks them: the reading that gives RDMs."""
    first = rdms.shape[1] == rdms.shape[2]
    last = rdms.shape[0] == rdms.shape[1]
    by_subject = rdms if first else np.moveaxis(rdms, 2, 0)
    faults = [_square_fault(rdm, rounding) for rdm in by_subject]
    if first and last and any(faults) and not any(_square_fault(rdm, rounding) for rdm in np.moveaxis(rdms, 2, 0)):
        by_subject, faults = np.moveaxis(rdms, 2, 0), []
    for number, fault in enumerate(faults, start=1):
        if fault:
            raise InvalidDataError(f"RDM {number} in {source} {fault}; give dissimilarities")
    return by_subject[:, *pairs_of(by_subject.shape[1])]


def _rounding(raw: NDArray[Any]) -> float:
    """How far rounding may take a dissimilarity, as a share of the largest one: as the arithmetic is, or single was.

    Numbers of double precision have often been single on their way, so that less than what that leaves is not asked.
    """
    eps = np.finfo(raw.dtype).eps if raw.dtype.kind == "f" else 0.0
    return max(16 * float(eps), ROUNDING_OF_SINGLE)


def _square_fault(rdm: NDArray[np.float64], rounding: float) -> str:
    """Why a square is no RDM; empty where it is one. A diagonal may be NaN: nothing was compared with itself."""
    allowed = rounding * np.max(np.abs(rdm), initial=0, where=np.isfinite(rdm))
    with np.errstate(invalid="ignore"):  # infinite values are told of by themselves
        apart, there = np.abs(rdm - rdm.T), np.isnan(rdm)
    if (there != there.T).any() or np.max(apart, initial=0, where=np.isfinite(apart)) > allowed:
        return "is not symmetric"
    own = np.abs(np.nan_to_num(np.diagonal(rdm)))
    return f"is not zero on its diagonal (up to {own.max():g})" if own.max() > allowed else ""


_SHAPES = (
    "it must be (subjects, pairs), (subjects, stimuli, stimuli), (stimuli, stimuli, subjects) or, of one subject, "
    "(stimuli, stimuli) or (pairs,)"
)


def _names(names: NDArray[np.generic] | None, count: int, what: str, source: str) -> tuple[str, ...]:
    if names is None:
        return tuple(str(i + 1) for i in range(count))
    given = as_text(names)
    if len(given) != count:
        raise InvalidDataError(f"{what} in {source} has {len(given)} names, rdms has {count}; give one each, in order")
    repeated = sorted(name for name, times in Counter(given).items() if times > 1)
    if repeated:
        raise InvalidDataError(f"{what} in {source} repeats {', '.join(repeated[:5])}; names are unique")
    return given
