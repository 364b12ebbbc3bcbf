"""Options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Also draw it into FILE (.png, .svg or .pdf).")
]
OnDatasets = Annotated[
    list[str] | None,
    typer.Option("--dataset", metavar="DIR|NAME", help="Only of this package's folder, or data set; repeatable."),
]
Draws = Annotated[int, typer.Option(min=40, help="Resamples for the intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]
