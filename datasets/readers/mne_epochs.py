"""Epochs as MNE-Python keeps them, in .fif files or in memory; it needs mne, which only these need."""

import struct
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError, UserError, first_line
from brainrank.benchmark.types.installing import extra_command

UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, OverflowError,
    struct.error,
)  # fmt: skip
"""What MNE raises for files that are damaged, or none of its own."""
NO_STIMULUS = {"", "n/a", "nan", "none", "<na>"}
"""What metadata say of a trial that showed none: a fixation, a response."""


def read_mne_epochs(path: Path, subject: str, *, stimulus_column: str | None = None) -> Epochs:
    """Read a file of epochs. Errors as of `of_mne`, and InvalidDataError for a damaged or foreign file."""
    try:
        mne = import_module("mne")
    except ImportError as error:
        raise UserError(f"Files of epochs (.fif) need a package that is not here: {extra_command('eeg')}") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the file's name
        try:
            epochs = mne.read_epochs(path, preload=True, verbose="error")
        except UNREADABLE as error:
            raise InvalidDataError(
                f"{path} cannot be read as epochs of MNE ({first_line(error)}); write it with epochs.save(...)"
            ) from error
    return of_mne(epochs, subject, source=str(path), stimulus_column=stimulus_column)


def of_mne(epochs: Any, subject: str, *, source: str, stimulus_column: str | None = None) -> Epochs:
    """The data channels of epochs, but for bad ones, in single precision.

    The stimulus of a trial is the name of its event, or what a column of the metadata says; a trial of which it says
    nothing is left out. Raises InvalidDataError where there is no such column, no such channel, or no trial.
    """
    named = _stimuli(epochs, source, stimulus_column)
    shown = np.array([name.strip().lower() not in NO_STIMULUS for name in named], dtype=bool)
    if not shown.any():
        raise InvalidDataError(f"{source} has no trial that names a stimulus; give epochs of the images")
    try:
        data = epochs.copy().load_data().pick("data", exclude="bads")
    except ValueError as error:
        raise InvalidDataError(f"{source} has no good channel of data ({first_line(error)}); keep some") from error
    return Epochs(
        subject,
        tuple(name for name, each in zip(named, shown, strict=True) if each),
        tuple(data.ch_names),
        np.round(np.asarray(data.times, dtype=np.float64) * 1000, 6),
        data.get_data(copy=False)[shown].astype(np.float32),
        tuple(sorted(set(data.get_channel_types()))),
    )


def _stimuli(epochs: Any, source: str, column: str | None) -> list[str]:
    if column is None:
        name_of = {code: name for name, code in epochs.event_id.items()}
        return [str(name_of[code]) for code in epochs.events[:, 2]]
    held = [] if epochs.metadata is None else list(map(str, epochs.metadata.columns))
    if column not in held:
        raise InvalidDataError(f"{source} has no metadata column '{column}'; it has {', '.join(held) or 'no metadata'}")
    return [str(each) for each in epochs.metadata[column]]
