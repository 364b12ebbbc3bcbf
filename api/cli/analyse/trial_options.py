"""What the behavioural commands share: their options, and reading trials."""

from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.options import names_in
from brainrank.api.services.analysis.consistency import under
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.readers.trial_columns import stated_columns
from brainrank.datasets.readers.trials import check_aligned, in_common, read_trials

Trials = Annotated[list[Path], typer.Argument(help="CSV files of trials, or folders of them.", show_default=False)]
Conditions = Annotated[
    list[str] | None, typer.Option("--condition", help="Only this condition; may be given several times.")
]
Common = Annotated[bool, typer.Option("--common", help="Keep only the stimuli that every observer saw.")]
Categories = Annotated[
    str | None, typer.Option(help="The categories, separated by commas; by default the sixteen of model-vs-human.")
]


def assembly_of(
    paths: list[Path],
    *,
    conditions: list[str] | None,
    common: bool,
    categories: str | None,
    columns: str | None,
    aligned: bool = True,
) -> BehaviouralAssembly:
    """Read the trials a command was given; with `aligned`, all observers must have seen the same stimuli.

    Raises UnknownNameError for a condition that is not among them, UserError for an empty list of categories.
    """
    names = None if categories is None else names_in(categories, option="--categories")
    stated = None if columns is None else stated_columns(columns)
    assembly = under(read_trials(paths, categories=names, aligned=False, columns=stated), conditions or ())
    if common:
        return in_common(assembly)
    if not aligned:
        return assembly
    try:
        check_aligned(assembly)
    except InvalidDataError as error:
        raise InvalidDataError(f"{error} with --common") from error
    return assembly
