"""`brainrank leaderboard`: the stored scores, ranked."""

from collections.abc import Sequence
from pathlib import Path
from shlex import join
from typing import Annotated

import typer

from brainrank.api.cli.board_files import as_json, check_ending
from brainrank.api.cli.board_files import export as write
from brainrank.api.cli.options import BoardName, Convention, Json, OnDatasets, Plot
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.printed_tables import print_leaderboard
from brainrank.api.cli.subject_tables import OverSubjects, show_over_subjects
from brainrank.api.services.boards.leaderboard import Leaderboard
from brainrank.api.services.boards.local_boards import own_leaderboard
from brainrank.api.services.boards.selection import select_here
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import UserError


def leaderboard(
    name: BoardName = None,
    *,
    dataset: OnDatasets = None,
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="The board of this metric on each region that it fits.")
    ] = None,
    convention: Convention = None,
    over: OverSubjects = False,
    json: Json = False,
    plot: Plot = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write it to FILE: .csv, .json, .parquet, or .md with all intervals."),
    ] = None,
) -> None:
    """Rank the scored models, by one benchmark, by a group of them, or by their mean over groups.

    Models are compared on the benchmarks both have. A rank needs half of the benchmarks that count, and one of each
    group; the other models stand below.
    """
    with clear_errors():
        if export is not None:
            check_ending(export)
        catalogue = open_catalogue(Settings().locations, dataset or ())
        if metric is not None:
            catalogue = catalogue.by_metric([metric], [name] if name else ())
        if over:
            _refuse_with_subjects(convention=convention, plot=plot, export=export)
            show_over_subjects(catalogue.select(name if metric is None else None), catalogue, json=json)
            return
        board = read_leaderboard(catalogue.select(name if metric is None else None), convention=convention)
        if plot is not None and board.rows:
            from brainrank.api.plots.leaderboard import leaderboard_figure
            from brainrank.api.plots.save import save_figure

            save_figure(leaderboard_figure(board), plot)
        if export is not None and board.rows:
            write(board, export)
    if json:
        print_json(as_json(board))
    elif board.rows:
        print_leaderboard(board)
    else:
        messages.print(
            f"No scores yet. {_way_to_scores(name, dataset or (), catalogue, metric)}", markup=False, soft_wrap=True
        )


def _refuse_with_subjects(**given: object) -> None:
    for option, value in given.items():
        if value is not None:
            raise UserError(f"--over-subjects prints raw scores, or --json; leave --{option} out")


def _way_to_scores(name: str | None, datasets: Sequence[str], catalogue: Catalogue, metric: str | None) -> str:
    """The command that makes scores for this board, or why none does."""
    try:
        select_here([name] if name and metric is None else [], catalogue, Settings().locations)
    except UserError as error:
        return str(error)
    options = [*(["--benchmark", name] if name else []), *(word for each in datasets for word in ("--dataset", each))]
    options += ["--metric", metric] if metric else []
    command = join(["brainrank", "score", "efficientnet-lite0", *options])
    return f"Make some with: {command}{'' if options else ', or brainrank demo'}"


def read_leaderboard(
    benchmarks: Sequence[Benchmark], *, convention: str | None = None, models: Sequence[str] | None = None
) -> Leaderboard:
    """Read the leaderboard of these benchmarks, of all models or those named, from the database.

    Raises UnknownNameError for another convention.
    """
    return own_leaderboard(benchmarks, convention=convention, settings=Settings(), models=models)
