"""Options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.datasets.readers.arrays import read_labels

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Precision = Annotated[
    str | None,
    typer.Option(help="Of products in the network: float32, tf32 or bf16, as the device has it (BRAINRANK_PRECISION)."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Also draw it into FILE (.png, .svg or .pdf).")
]
OnDatasets = Annotated[
    list[str] | None,
    typer.Option("--dataset", metavar="DIR|NAME", help="Only of this package's folder, or data set; repeatable."),
]
OnMetrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", metavar="NAME", help="Score each region by this metric, where it fits, with defaults; repeatable."
    ),
]
BoardName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="A benchmark or a group of them; all unless given.")
]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layers", metavar="NAME", help="A layer, or a glob over them, instead of the model's own; repeatable."
    ),
]
LayersOfModels = Annotated[
    list[str] | None,
    typer.Option(
        "--layers",
        metavar="[MODEL=]NAME",
        help="A layer, or a glob over them, of each model or of the one named, instead of its own; repeatable.",
    ),
]
Folds = Annotated[int, typer.Option(help="Folds over stimuli.")]
OwnPooling = Annotated[
    str | None,
    typer.Option(help="flatten, mean over space or patch tokens, or cls, the class token; the model's own unless set."),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Memory = Annotated[str | None, typer.Option(metavar="SIZE", help="Memory for features, such as 4GiB; 2GiB unless set.")]
FeatureFile = Annotated[Path, typer.Option(help="Features, a .npy array of stimuli x features.")]
CheckpointKey = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="Of a file of weights: the mapping that holds the network, as teacher."),
]
CheckpointPrefix = Annotated[
    str | None,
    typer.Option("--prefix", metavar="PREFIX", help="Of a file of weights: what its names begin with, as backbone."),
]
Convention = Annotated[
    str | None,
    typer.Option(
        help="explained: shares of the noise ceiling, the default of several benchmarks; raw: as stored, the default "
        "of one, and where none has a noise ceiling; brainscore-2026, brainscore-2025, model-vs-human."
    ),
]
Draws = Annotated[int, typer.Option(min=40, help="Resamples for the intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]
Groups = Annotated[
    Path | None,
    typer.Option(
        help="A number or word per stimulus; those with equal ones are held out, and drawn, together. "
        "Default: each by itself; for encoding, identical features together."
    ),
]

Columns = Annotated[
    str | None,
    typer.Option(
        metavar="NAME=COLUMN,...",
        help="Which column is which, such as observer=participant,category=correct_response; others are left out.",
    ),
]


def names_in(text: str, *, option: str) -> list[str]:
    """The names in a list that is separated by commas, each once. Raises UserError for a list without any."""
    names = list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if not names:
        raise UserError(f"{option} '{text}' names nothing; give names separated by commas, or leave {option} out")
    return names


def read_units(groups: Path | None, n_stimuli: int) -> Int[ndarray, " stimuli"]:
    """Each stimulus's group, its own without a file. Raises InvalidDataError for a file of another length."""
    if groups is None:
        return np.arange(n_stimuli)
    labels = read_labels(groups)
    if len(labels) != n_stimuli:
        raise InvalidDataError(f"{groups} has {len(labels)} entries for {n_stimuli} stimuli; give one per stimulus")
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
