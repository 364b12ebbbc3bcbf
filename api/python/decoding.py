"""`brainrank.decoding_rdms`: from trials of EEG or MEG to RDMs over time, for `brainrank.data`."""

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainrank.benchmark.types.epochs import Epochs


def decoding_rdms(
    epochs: Any,
    *,
    decoding: str = "crossnobis",
    baseline_ms: tuple[float, float] | None = None,
    sliding_mean_ms: float | None = None,
    decimate: int = 1,
    noise_normalise: str = "epoch",
    pseudo_trials: int = 5,
    permutations: int = 20,
    seed: int = 0,
    stimulus_column: str | None = None,
) -> dict[str, Any]:
    """How far apart every two stimuli are at each time, cross-validated, of each subject.

    `epochs` is a mapping of subjects to their trials, those of one subject alone, or a folder of BIDS derivatives
    (`sub-*/eeg/*_epo.fif`). Trials are a file (MNE's `.fif`, an `.npz`, THINGS-EEG2's `.npy`), MNE epochs, or a mapping
    of `trials` (trials x channels x times), `stimuli` (what each showed) and `times_ms` (from stimulus onset). Of MNE
    the name of an event is the stimulus, or what `stimulus_column` of the metadata says.

    - `decoding`: `crossnobis` (distance, 0 on average where two stimuli do not differ), `lda` (accuracy of a linear
      discriminant, .5 by chance), `correlation` (how much less two stimuli correlate than each with itself).
    - `baseline_ms`, `sliding_mean_ms`, `decimate`: the mean over the baseline is taken off, trials are averaged over so
      much time, and each so many-th time is kept.
    - `noise_normalise`: channels are whitened by their covariance over trials of a stimulus, at all times (`epoch`),
      those of the `baseline`, or `none`.
    - `pseudo_trials`: the means that a stimulus's trials are put into, each left out once; `permutations`: how often.

    Returns `rdms` (subjects x times x pairs), `subjects`, `times_ms` and `stimulus_ids`, as `brainrank.data(images,
    rdms=...)` takes them and `numpy.savez("rdms.npz", **found)` stores them for `brainrank dataset init --rdms`.
    Raises BrainrankError for what cannot be read or does not fit. Guggenmos, Sterzer & Cichy 2018.

    Example:
        >>> import brainrank as br
        >>> rdms = br.decoding_rdms({"sub-01": "sub-01-epo.fif"}, baseline_ms=(-100, 0))  # doctest: +SKIP
        >>> br.score("gabor", br.data("photos", rdms=rdms))  # doctest: +SKIP

    """
    from brainrank.benchmark.epochs.of_subjects import arrays_of
    from brainrank.benchmark.epochs.of_subjects import decoding_rdms as made
    from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
    from brainrank.benchmark.types.errors import choice
    from brainrank.benchmark.types.reporter import Silent

    settings = DecodingSettings(
        choice(Decoding, decoding, "decoding"),
        baseline_ms=None if baseline_ms is None else (float(baseline_ms[0]), float(baseline_ms[1])),
        sliding_mean_ms=None if sliding_mean_ms is None else float(sliding_mean_ms),
        decimate=decimate,
        noise=choice(NoiseNormalisation, noise_normalise, "noise normalisation"),
        pseudo_trials=pseudo_trials,
        permutations=permutations,
        seed=seed,
    )
    by_subject = _by_subject(epochs)
    read = _read(by_subject, stimulus_column)
    return arrays_of(made(read, settings, subjects=len(by_subject), reporter=Silent()))


def _by_subject(epochs: Any) -> Mapping[str, Any]:
    """What was given by subject; of one alone, whose name nobody told, as the first."""
    from brainrank.benchmark.types.errors import InvalidDataError
    from brainrank.datasets.readers.epochs import epochs_of_folder

    if isinstance(epochs, str | PathLike) and Path(epochs).is_dir():
        return epochs_of_folder(Path(epochs))
    found = epochs if isinstance(epochs, Mapping) and "stimuli" not in epochs else {"sub-01": epochs}
    if not found:
        raise InvalidDataError("There are no epochs; give those of a subject at least")
    return {str(subject): given for subject, given in found.items()}


def _read(by_subject: Mapping[str, Any], stimulus_column: str | None) -> "Iterator[Epochs]":
    """Read one subject after another: all at once would fill the memory."""
    import numpy as np

    from brainrank.datasets.readers.epochs import of_arrays, read_epochs
    from brainrank.datasets.readers.mne_epochs import of_mne

    for subject, given in by_subject.items():
        if isinstance(given, str | PathLike):
            yield read_epochs([Path(given)], subject, stimulus_column=stimulus_column)
        elif isinstance(given, Mapping):
            yield of_arrays({name: np.asarray(each) for name, each in given.items()}, subject, f"epochs of {subject}")
        elif isinstance(given, list | tuple):
            yield read_epochs([Path(each) for each in given], subject, stimulus_column=stimulus_column)
        else:
            yield of_mne(given, subject, source=f"epochs of {subject}", stimulus_column=stimulus_column)
