"""`brainrank export`: a service's leaderboards and scores as files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.options import Convention
from brainrank.api.cli.output import clear_errors, messages
from brainrank.api.cli.service_connection import open_client
from brainrank.api.client.reader import export_format
from brainrank.benchmark.types.errors import UserError

SCORES = "scores"


def export(
    board: Annotated[
        str,
        typer.Argument(
            metavar="[BOARD]", help="all, a group, a benchmark; or scores: every score you may see, of all versions."
        ),
    ] = "all",
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to: .csv, .json or .parquet.")],
    convention: Convention = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="As it was when a day (UTC) ended.")
    ] = None,
) -> None:
    """Write a leaderboard of a service (BRAINRANK_URL) to a file, a row for each score.

    What was scored on this machine without a service: brainrank leaderboard --export FILE.
    """
    with clear_errors():
        export_format(out)
        if board == SCORES and (convention is not None or as_of is not None):
            raise UserError(
                "Scores are exported as they are stored; leave out --convention and --as-of, or name a board"
            )
        with open_client() as client:
            if board == SCORES:
                client.export_scores(out)
            else:
                day = None if as_of is None else as_of.date()
                client.export_leaderboard(board, out, convention=convention, as_of=day)
    messages.print(f"Wrote {out}, {out.stat().st_size:,} bytes", markup=False, soft_wrap=True)
