"""What the behavioural commands share: their options, reading trials, and how a number is written."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from brainrank.benchmark.types.score import Interval
    from brainrank.benchmark.types.trials import BehaviouralAssembly

Trials = Annotated[list[Path], typer.Argument(help="CSV files of trials, or folders of them.", show_default=False)]
Conditions = Annotated[
    list[str] | None, typer.Option("--condition", help="Only this condition; may be given several times.")
]
Common = Annotated[bool, typer.Option("--common", help="Keep the stimuli that every observer saw, instead of failing.")]
Categories = Annotated[
    str | None, typer.Option(help="The categories, separated by commas; by default the sixteen of model-vs-human.")
]
Draws = Annotated[int, typer.Option(min=40, help="Resamples of the stimuli for the intervals.")]
Seed = Annotated[int, typer.Option(help="Seed of the resamples.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="Also draw the figure into this file (.png, .pdf or .svg).")]


def assembly_of(
    paths: list[Path], *, conditions: list[str] | None, common: bool, categories: str | None
) -> "BehaviouralAssembly":
    """Read the trials a command was given. Raises UnknownNameError for a condition that is not among them."""
    import numpy as np

    from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
    from brainrank.datasets.readers.trials import check_aligned, in_common, read_trials

    names = [name.strip() for name in categories.split(",")] if categories else None
    assembly = read_trials(paths, categories=names, aligned=False)
    for condition in conditions or ():
        if condition not in assembly.conditions:
            raise UnknownNameError("condition", condition, assembly.conditions)
    if conditions:
        assembly = assembly.select(np.isin(assembly.condition, conditions))
    if common:
        return in_common(assembly)
    try:
        check_aligned(assembly)
    except InvalidDataError as error:
        raise InvalidDataError(f"{error} with --common") from error
    return assembly


def written(value: float, digits: int = 3) -> str:
    """A number for a table: `.331`, `-.015`, `1.000`, and a dash for one that is undefined."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def written_interval(interval: "Interval", digits: int = 3) -> str:
    """An interval for a table, with a dash for an open end."""
    return f"{written(interval.low, digits)} to {written(interval.high, digits)}"


def interval_json(interval: "Interval") -> dict[str, float]:
    """An interval as JSON."""
    return {"low": interval.low, "high": interval.high, "level": interval.level}


def save_figure(figure: object, path: Path) -> None:
    """Write a figure through a temporary name. Raises InvalidDataError for an ending that is no picture format."""
    import os

    from matplotlib.figure import Figure

    from brainrank.benchmark.types.errors import InvalidDataError, StorageError

    if path.suffix.lower() not in {".png", ".pdf", ".svg"}:
        raise InvalidDataError(f"Cannot draw into '{path}'; end the file's name in .png, .pdf or .svg")
    if not isinstance(figure, Figure):
        raise InvalidDataError(f"{type(figure).__name__} is no figure")
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        figure.savefig(partial, dpi=160)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"Cannot write {path} ({error.strerror}); choose a folder that exists") from error
