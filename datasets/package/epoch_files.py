"""Epochs of subjects as a package keeps them: decoding RDMs over time, and how they were made of what."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from brainrank.benchmark.epochs.of_subjects import OfSubject, arrays_of, decoding_rdms, stimulus_ids_of
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.package.faults import count_text
from brainrank.datasets.package.matching import Labels, match
from brainrank.datasets.package.stimulus_table import Row
from brainrank.datasets.readers.epochs import read_epochs

MUCH = 0.1
"""Of pairs that are told apart without error: the order among them is no one's."""


class GivenEpochs(NamedTuple):
    """The files of each subject, how RDMs are made of them, and the metadata column that names stimuli, if one does."""

    files: Mapping[str, Sequence[Path]]
    settings: DecodingSettings
    stimulus_column: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files."""
        return tuple(path for files in self.files.values() for path in files)


class WrittenEpochs(NamedTuple):
    """What was written, in words, the times it is of, whether it names its stimuli, and how it was made."""

    told: str
    times_ms: tuple[float, ...]
    named: bool
    preprocessing: Mapping[str, Any]


def write_epochs(given: GivenEpochs, target: Path, rows: Sequence[Row], reporter: Reporter) -> WrittenEpochs:
    """Write the decoding RDMs of epochs whose stimuli are those of `rows`.

    Raises InvalidDataError, before anything is decoded, where the stimuli of the first subject are others, and as
    `read_epochs` and `decoding_rdms`.
    """
    found = decoding_rdms(_read(given, rows), given.settings, subjects=len(given.files), reporter=reporter)
    arrays = arrays_of(found)
    with written_whole(target) as file:
        np.savez(file, allow_pickle=False, **arrays)
    first, times = found[0], found[0].times_ms
    order = "matched with the images by its events" if first.named else "in the order of the images"
    told = (
        f"{target.name}: {given.settings.decoding} of {count_text(len(found), 'subject')}, {len(times)} times, "
        f"{len(first.stimulus_ids)} stimuli, {order}"
    )
    return WrittenEpochs(told + _saturated(found, given.settings), times, first.named, _preprocessing(found, given))


def usual_region(given: GivenEpochs) -> str:
    """What epochs are called unless they are named: meg by the names of their files, or else eeg."""
    return "meg" if all("meg" in (path.parent.name, *path.stem.split("_")) for path in given.paths) else "eeg"


def _read(given: GivenEpochs, rows: Sequence[Row]) -> Iterator[Epochs]:
    for subject, files in given.files.items():
        epochs = read_epochs(files, subject, stimulus_column=given.stimulus_column)
        _check_stimuli(epochs, rows, files[0])
        yield epochs


def _check_stimuli(epochs: Epochs, rows: Sequence[Row], source: Path) -> None:
    ids = stimulus_ids_of(epochs)
    if len(ids) != len(rows):
        raise InvalidDataError(
            f"{source} is of {len(ids)} stimuli ({', '.join(ids[:3])}, ...), and there are {len(rows)} images that are "
            "not for training; give epochs of these, or the images of those"
        )
    faults = match([Labels("events", ids, words=True)], rows).faults if epochs.named else ()
    if faults:
        raise InvalidDataError(f"{source}: {'; '.join(faults)}")


def _preprocessing(found: Sequence[OfSubject], given: GivenEpochs) -> dict[str, Any]:
    """The settings by which RDMs were made, and how much they are of, as the description keeps them."""
    settings = given.settings
    told: dict[str, Any] = {"decoding": settings.decoding.value, "noise_normalise": settings.noise.value}
    if settings.baseline_ms is not None:
        told["baseline_ms"] = list(settings.baseline_ms)
    if settings.sliding_mean_ms is not None:
        told["sliding_mean_ms"] = settings.sliding_mean_ms
    told |= {name: getattr(settings, name) for name in ("decimate", "pseudo_trials", "permutations", "seed")}
    told["channels"] = sorted({each.channels for each in found})
    told["trials_of_a_stimulus"] = sorted({n for each in found for n in (each.fewest_trials, each.most_trials)})
    return told


def _saturated(found: Sequence[OfSubject], settings: DecodingSettings) -> str:
    """A warning where accuracies are as high as they go, so that a course cannot rise with what it measures."""
    if settings.decoding is not Decoding.LDA:
        return ""
    share = max(float((each.rdm >= 1).mean(axis=1).max()) for each in found)
    if share < MUCH:
        return ""
    return (
        f"; at one time {share:.0%} of the pairs of a subject are told apart without error, and can rise no further: "
        "peaks are flattened, and those of --decoding crossnobis are not"
    )
