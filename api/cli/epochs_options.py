"""The options by which `brainrank dataset init` makes RDMs over time of epochs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.dataset_options import files_by_region
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.errors import InvalidDataError, choice
from brainrank.datasets.package.epoch_files import GivenEpochs
from brainrank.datasets.readers.epochs import epochs_of_folder

EpochFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--epochs",
        metavar="[SUBJECT=]FILE|DIR",
        help="Make an RDM at each time of these trials of EEG or MEG: MNE's .fif, .npz, THINGS-EEG2's .npy, or a "
        "folder of BIDS derivatives (sub-*/eeg/*_epo.fif); repeatable.",
    ),
]
DecodingName = Annotated[
    str | None,
    typer.Option(
        "--decoding", help="Of epochs, how far apart stimuli are: crossnobis (unless told), lda, correlation."
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option("--baseline", metavar="START:STOP", help="Of epochs, in ms: take the mean over it off each trial."),
]
SlidingMean = Annotated[
    float | None, typer.Option("--sliding-mean-ms", metavar="MS", help="Of epochs: average over so much time.")
]
Decimate = Annotated[int | None, typer.Option("--decimate", metavar="N", help="Of epochs: keep every N-th time.")]
NoiseNormalise = Annotated[
    str | None,
    typer.Option(
        "--noise-normalise", help="Whiten epochs by their noise at all times (epoch, unless told), baseline, or none."
    ),
]
PseudoTrials = Annotated[
    int | None,
    typer.Option("--pseudo-trials", metavar="N", help="Means that a stimulus's trials are put into, each left out; 5."),
]
Permutations = Annotated[
    int | None, typer.Option("--permutations", metavar="N", help="How often trials are put into them anew; 20.")
]
StimulusColumn = Annotated[
    str | None,
    typer.Option("--stimulus-column", metavar="NAME", help="The column of MNE's metadata that names the stimulus."),
]


def given_epochs(
    given: Sequence[str] | None,
    *,
    decoding: str | None,
    baseline: str | None,
    noise: str | None,
    stimulus_column: str | None,
    **numbers: Any,
) -> GivenEpochs | None:
    """The epochs that are given and how they are decoded; None where there are none.

    Raises InvalidDataError where options say how epochs are decoded of which none is given, a folder is given with
    others, and for values that are none.
    """
    told: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    if decoding is not None:
        told["decoding"] = choice(Decoding, decoding, "decoding")
    if noise is not None:
        told["noise"] = choice(NoiseNormalisation, noise, "noise normalisation")
    if baseline is not None:
        told["baseline_ms"] = _baseline(baseline)
    if not given:
        if told or stimulus_column is not None:
            raise InvalidDataError(
                "--decoding, --baseline, --noise-normalise and their like say how epochs are decoded; give them with "
                "--epochs FILE"
            )
        return None
    return GivenEpochs(_files(given), DecodingSettings(**told), stimulus_column)


def _files(given: Sequence[str]) -> dict[str, list[Path]]:
    folders = [text for text in given if Path(text).is_dir()]
    if not folders:
        return {name or "sub-01": [path] for name, path in files_by_region(given, "--epochs").items()}
    if len(given) > 1:
        raise InvalidDataError(f"--epochs {folders[0]} is a folder, whose subjects are all; give it alone")
    return epochs_of_folder(Path(folders[0]))


def _baseline(text: str) -> tuple[float, float]:
    try:
        start, stop = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise InvalidDataError(f"--baseline {text}: write START:STOP in ms from stimulus onset, as -100:0") from error
    return start, stop
