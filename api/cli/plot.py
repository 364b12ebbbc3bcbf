"""`brainrank plot`: figures for papers, from the stored scores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.leaderboard import read_leaderboard
from brainrank.api.cli.options import BoardName, Convention, OnDatasets
from brainrank.api.cli.output import clear_errors, messages
from brainrank.api.db.engine import transaction
from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.local_boards import own_comparison
from brainrank.api.services.boards.scored_models import require_scored
from brainrank.api.services.boards.side_by_side import FEWEST, MOST, SideBySide
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


plot = typer.Typer(help="Figures for papers, from the stored scores.", no_args_is_help=True)
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to: .png, .svg or .pdf.")]
Width = Annotated[float, typer.Option("--width", min=60, max=400, help="In mm; journals' columns are some 88 and 180.")]
Board = Annotated[str | None, typer.Option("--board", metavar="NAME", help="A benchmark or a group; all unless given.")]
DOUBLE_COLUMN = 180.0


@plot.command("leaderboard")
def leaderboard(
    name: BoardName = None,
    *,
    out: Out,
    width: Width = DOUBLE_COLUMN,
    dataset: OnDatasets = None,
) -> None:
    """Draw every scored model on every benchmark, with intervals and noise ceilings."""
    with clear_errors():
        _check(out)
        from brainrank.api.plots.leaderboard import leaderboard_figure

        board = read_leaderboard(open_catalogue(Settings().locations, dataset or ()).select(name))
        if not board.rows:
            raise UserError("There are no scores to draw; make some with: brainrank score MODEL --benchmark NAME")
        _save(leaderboard_figure(board, width_mm=width), out)


@plot.command("model")
def model(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A model that is scored here.")],
    *,
    out: Out,
    width: Width = DOUBLE_COLUMN,
    board: Board = None,
    dataset: OnDatasets = None,
) -> None:
    """Draw one model: scores against the noise ceilings, and its layer curves."""
    with clear_errors():
        _check(out)
        from brainrank.api.plots.model import model_figure

        settings, viewer = Settings(), Viewer(everything=True)
        benchmarks = open_catalogue(settings.locations, dataset or ()).select(board)
        with transaction(open_own_database(settings)) as session:
            require_scored(session, [name], viewer)
            found = runs.of_model(session, name, {each.name: each.version for each in benchmarks}, viewer=viewer)
        by_name = {run.benchmark: run for run, _ in found}
        groups = dict.fromkeys(each.group for each in benchmarks)
        shown = [
            (g, by_name[each.name]) for g in groups for each in benchmarks if each.group == g and each.name in by_name
        ]
        if not shown:
            where, chosen = (board, f" --benchmark {board}") if board else ("any benchmark in its present version", "")
            raise UserError(f"{name} has no score on {where}; brainrank score {name}{chosen} makes one")
        _save(model_figure(shown, width_mm=width), out)


@plot.command("compare")
def compare(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Two to six; all less the first.")],
    *,
    out: Out,
    width: Width = DOUBLE_COLUMN,
    board: Board = None,
    convention: Convention = None,
    dataset: OnDatasets = None,
) -> None:
    """Draw the first model less each other, on the mean and each benchmark, with intervals."""
    with clear_errors():
        _check(out)
        from brainrank.api.plots.compare import compare_figure

        if not FEWEST <= len(set(models)) <= MOST:
            raise UserError(f"{len(set(models))} different models to compare in a figure; name {FEWEST} to {MOST}")
        settings = Settings()
        benchmarks = open_catalogue(settings.locations, dataset or ()).select(board)
        found = SideBySide(own_comparison(models, benchmarks, convention=convention, settings=settings))
        if not found.comparison.benchmarks:
            raise UserError(
                f"{', '.join(found.models)} have no benchmark in common, so there is nothing to draw; score them on one"
            )
        _save(compare_figure(found, width_mm=width), out)


def _check(out: Path) -> None:
    """Before anything is read: a wrong ending. Raises InvalidDataError."""
    from brainrank.api.plots.save import checked_ending

    checked_ending(out)


def _save(figure: "Figure", out: Path) -> None:
    from brainrank.api.plots.save import save_figure

    save_figure(figure, out)
    messages.print(f"Wrote {out}", markup=False, soft_wrap=True)
