"""What the options of `brainrank dataset init` say: files by region, times, and parameters of a metric."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.benchmark.types.errors import InvalidDataError

Mask = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where the targets of responses lie: a mask, .nii.gz, .gii, .dscalar.nii, or .npy with --affine.",
    ),
]
Mesh = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The surface that a mask is of, for searchlights over it: points and triangles, .surf.gii."
    ),
]
Affine = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Of a mask in .npy: 4 x 4 numbers from (i, j, k) to mm.")
]
SpaceName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The space of the mask, if subjects share it: MNI152NLin2009cAsym, fsaverage."),
]
Roi = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Split the responses into the regions of this volume of labels (.nii.gz)."),
]
RoiNames = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The names of these labels: a table with columns index and name.")
]


def files_by_region(given: Sequence[str] | None, option: str) -> dict[str, Path]:
    """The files of `NAME=FILE` and `FILE`, which has no name, by their names.

    A path that is there is one, whatever signs it has. Raises InvalidDataError for a name that is there twice, or for
    several files without one.
    """
    found: dict[str, Path] = {}
    for text in given or ():
        name, sign, file = text.partition("=")
        plain = not sign or "/" in name or Path(text).exists()
        key, path = ("", Path(text)) if plain else (name.strip(), Path(file))
        if key in found:
            told = f"the name {key} twice" if key else "several files without a name"
            raise InvalidDataError(f"{option} gives {told}; write NAME=FILE for each, such as sub01-v1={path}")
        found[key] = path
    return found


def parameters_in(given: Sequence[str] | None) -> dict[str, Any]:
    """The values of `NAME=VALUE` as TOML has them, other words as text. Raises InvalidDataError for what is neither."""
    found: dict[str, Any] = {}
    for text in given or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            raise InvalidDataError(f"--parameter {text}: write NAME=VALUE, such as dissimilarity=crossnobis")
        try:
            found[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = value
    return found


def stated_times(text: str) -> list[float]:
    """The times of `START:STOP:STEP`, the last included, or of a file with a number a line (or a .npy).

    Raises InvalidDataError for what is neither.
    """
    import numpy as np

    path = Path(text)
    rule = "write START:STOP:STEP in ms from stimulus onset, such as -100:1200:10, or a file with a number a line"
    try:
        if path.is_file():
            found = np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.loadtxt(path, ndmin=1)
            return [float(each) for each in np.ravel(found)]
        start, stop, step = (float(part) for part in text.split(":"))
    except (ValueError, OSError) as error:
        raise InvalidDataError(f"--times {text}: {rule}") from error
    if not (step > 0 and stop >= start and np.isfinite([start, stop, step]).all()):
        raise InvalidDataError(f"--times {text}: times ascend; {rule}")
    count = int(np.floor((stop - start) / step + 1e-9)) + 1
    return [start + step * each for each in range(count)]
