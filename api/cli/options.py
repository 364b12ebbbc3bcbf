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
Convention = Annotated[
    str | None,
    typer.Option(
        help="explained (shares of the noise ceiling; unless given for several benchmarks), raw (unless given for "
        "one), brainscore-2026, brainscore-2025 or model-vs-human."
    ),
]
Draws = Annotated[int, typer.Option(min=40, help="Resamples for the intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]
