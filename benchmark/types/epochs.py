"""Epochs: what the channels of EEG or MEG measured around each trial of one subject."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.timed_assemblies import check_times


@dataclass(frozen=True, eq=False)
class Epochs:
    """Trials of one subject, `stimuli` naming what each showed, at times in ms from the onset of the stimulus.

    `kinds` are those of the channels (eeg, mag, grad), which differ in unit. Without names in their file, stimuli are
    numbered from 1 in the order of the images; `named` says which of the two.
    """

    subject: str
    stimuli: tuple[str, ...]
    channels: tuple[str, ...]
    times_ms: Float[ndarray, " times"]
    trials: Float[ndarray, "trials channels _times"]
    kinds: tuple[str, ...] = ("eeg",)
    named: bool = True

    def __post_init__(self) -> None:
        check_times(self.times_ms, f"epochs of {self.subject}")
        needed = (len(self.stimuli), len(self.channels), len(self.times_ms))
        if self.trials.shape != needed:
            raise InvalidDataError(
                f"epochs of {self.subject} have the shape {self.trials.shape}; (trials, channels, times) are {needed}"
            )
        if not np.isfinite(self.trials).all():
            raise InvalidDataError(
                f"epochs of {self.subject} hold NaN or infinite values; leave out the trials or channels that do"
            )
        if len(set(self.stimuli)) < 2:
            raise InvalidDataError(
                f"epochs of {self.subject} are of {', '.join(self.stimuli[:1]) or 'no stimulus'} only; give trials of "
                "two stimuli at least"
            )
