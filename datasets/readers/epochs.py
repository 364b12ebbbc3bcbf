"""Epochs in the files that laboratories have: MNE's .fif, folders of BIDS derivatives, THINGS-EEG2's arrays, .npz."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.array_files import read_arrays
from brainrank.datasets.readers.labels import as_text
from brainrank.datasets.readers.mne_epochs import read_mne_epochs
from brainrank.datasets.readers.plain_pickle import read_pickled_arrays

FIF = (".fif", ".fif.gz")
PLAIN = ("trials", "stimuli", "times_ms")
PREPROCESSED = "preprocessed_eeg_data"
SPLIT = re.compile(r"_split-(?!0*1_)[0-9]+_")
"""Further parts of a file of more than 2 GB, which MNE reads with the first."""
SAME_TRIALS = re.compile(r"_(ses|run|split)-[0-9A-Za-z]+")


def epochs_of_folder(folder: Path) -> dict[str, list[Path]]:
    """The files of epochs of each subject of BIDS derivatives, sub-XX/[ses-YY/](eeg|meg)/*_epo.fif, by subject.

    Several of a subject are its sessions and runs. Raises InvalidDataError where there is none, or a subject has files
    that differ in more, as in how they were processed.
    """
    kinds = "|".join(re.escape(each) for each in FIF)
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("sub-*/**/*_epo.fif*")):
        if (
            re.search(rf"_epo({kinds})$", path.name)
            and path.parent.name in ("eeg", "meg")
            and not SPLIT.search(path.name)
        ):
            found.setdefault(path.relative_to(folder).parts[0], []).append(path)
    if not found:
        raise InvalidDataError(
            f"{folder} has no sub-*/eeg/*_epo.fif and no sub-*/meg/*_epo.fif; give SUBJECT=FILE each"
        )
    for subject, files in found.items():
        kinds_of_files = sorted({SAME_TRIALS.sub("", each.name) for each in files})
        if len(kinds_of_files) > 1:
            raise InvalidDataError(
                f"{folder} has files of {subject} that differ in more than session and run: "
                f"{', '.join(kinds_of_files[:4])}; say which with {subject}=FILE, for each subject"
            )
    return found


def read_epochs(files: Sequence[Path], subject: str, *, stimulus_column: str | None = None) -> Epochs:
    """Read the trials of a subject from its files, one after another.

    Raises InvalidDataError, naming the file, for one of another kind, a damaged one, and where files differ in channels
    or times; UserError where mne is missing.
    """
    read = [_read_file(path, subject, stimulus_column) for path in files]
    first = read[0]
    for path, each in zip(files[1:], read[1:], strict=True):
        if (each.channels, *each.times_ms) != (first.channels, *first.times_ms):
            raise InvalidDataError(
                f"{path} has other channels or times than {files[0]}; give a subject's epochs on the same of both"
            )
    if len(read) == 1:
        return first
    stimuli = tuple(name for each in read for name in each.stimuli)
    trials = np.concatenate([each.trials for each in read])
    return Epochs(subject, stimuli, first.channels, first.times_ms, trials, first.kinds, named=first.named)


def _read_file(path: Path, subject: str, stimulus_column: str | None) -> Epochs:
    if not path.is_file():
        raise InvalidDataError(f"{path} does not exist; give the path of a file of epochs")
    if path.name.lower().endswith(FIF):
        return read_mne_epochs(path, subject, stimulus_column=stimulus_column)
    if stimulus_column is not None:
        raise InvalidDataError(f"{path} has no metadata; leave the column of stimuli out")
    if path.suffix.lower() == ".npz":
        return of_arrays(read_arrays(path), subject, str(path))
    if path.suffix.lower() == ".npy":
        return of_arrays(read_pickled_arrays(path), subject, str(path))
    raise InvalidDataError(f"{path} is of no kind of epochs that is read (.fif, .npz, THINGS-EEG2's .npy)")


def of_arrays(arrays: Mapping[str, Any], subject: str, source: str) -> Epochs:
    """Epochs of arrays by name: `trials`, `stimuli`, `times_ms`, and `channels` if told; or as THINGS-EEG2 names them.

    These are `preprocessed_eeg_data` (conditions x repeats x channels x times), `ch_names` and `times` in seconds; the
    conditions are the images in the order of their numbers. Raises InvalidDataError where some are missing.
    """
    if PREPROCESSED in arrays:
        return _of_conditions(arrays, subject, source)
    missing = [name for name in PLAIN if not isinstance(arrays.get(name), np.ndarray)]
    if missing:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise InvalidDataError(
            f"{source} holds {held}, and no {' and '.join(missing)}; epochs are trials (trials x channels x times), "
            "stimuli (the name of each trial's) and times_ms"
        )
    trials = _numbers(arrays["trials"], 3, "trials (trials x channels x times)", source)
    channels = _channels(arrays.get("channels"), trials.shape[1], source)
    times = np.asarray(arrays["times_ms"], dtype=np.float64).ravel()
    return Epochs(subject, as_text(arrays["stimuli"]), channels, times, trials)


def _of_conditions(arrays: Mapping[str, Any], subject: str, source: str) -> Epochs:
    what = f"{PREPROCESSED} (conditions x repeats x channels x times)"
    values = _numbers(arrays[PREPROCESSED], 4, what, source)
    if not isinstance(arrays.get("times"), np.ndarray):
        raise InvalidDataError(f"{source} has no times; give the time of each sample in seconds")
    conditions, repeats, channels, times = values.shape
    return Epochs(
        subject,
        tuple(str(number) for number in range(1, conditions + 1) for _ in range(repeats)),
        _channels(arrays.get("ch_names"), channels, source),
        np.round(np.asarray(arrays["times"], dtype=np.float64).ravel() * 1000, 6),
        values.reshape(conditions * repeats, channels, times),
        named=False,
    )


def _numbers(values: Any, axes: int, what: str, source: str) -> NDArray[np.floating]:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.ndim != axes:
        told = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else "no array"
        raise InvalidDataError(f"{source}: {what} is {told}; give numbers on {axes} axes")
    return np.asarray(values, dtype=np.float32)


def _channels(names: Any, count: int, source: str) -> tuple[str, ...]:
    if names is None:
        return tuple(f"channel-{number}" for number in range(1, count + 1))
    found = as_text(names) if isinstance(names, np.ndarray) else tuple(names)
    if len(found) != count:
        raise InvalidDataError(f"{source} names {len(found)} channels, and has {count}; give one name each")
    return found
