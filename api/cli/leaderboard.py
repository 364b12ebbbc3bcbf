"""`brainrank leaderboard`: the stored scores, ranked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard
    from brainrank.benchmark.benchmarks import Benchmark


def leaderboard(
    benchmark: Annotated[
        str | None, typer.Argument(metavar="[BENCHMARK]", help="One benchmark; all of them unless given.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it, as .png, .svg or .pdf.")] = None,
) -> None:
    """Rank the scored models, by one benchmark or by their mean over all."""
    from brainrank.api.cli.output import clear_errors, messages, print_json
    from brainrank.api.cli.tables import print_leaderboard
    from brainrank.benchmark.benchmarks import BENCHMARKS, find_benchmark

    with clear_errors():
        wanted = list(BENCHMARKS.values()) if benchmark is None else [find_benchmark(benchmark)]
        board = read_leaderboard(wanted)
        if plot is not None and board.rows:
            from brainrank.api.plots.leaderboard import leaderboard_figure
            from brainrank.api.plots.save import save_figure

            save_figure(leaderboard_figure(board), plot)
    if as_json:
        print_json(_as_json(board))
    elif board.rows:
        print_leaderboard(board)
    else:
        messages.print("No scores yet. Make some with: brainrank score efficientnet-lite0, or brainrank demo")


def read_leaderboard(benchmarks: "list[Benchmark]") -> "Leaderboard":
    """Read the leaderboard of these benchmarks from the database."""
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.services.leaderboard import leaderboard as rank
    from brainrank.api.settings import Settings

    with transaction(open_database(Settings().effective_database_url)) as session:
        return rank(session, benchmarks)


def _as_json(board: "Leaderboard") -> dict[str, Any]:
    return {
        "benchmarks": [
            {
                "name": each.name,
                "version": each.version,
                "ceiling": {
                    "lower": board.ceilings[each.name].lower,
                    "upper": board.ceilings[each.name].upper,
                    "reason": board.ceilings[each.name].reason,
                }
                if each.name in board.ceilings
                else None,
            }
            for each in board.benchmarks
        ],
        "rows": [
            {
                "rank": row.rank,
                "rank_interval": [row.rank_low, row.rank_high],
                "model": row.model,
                "family": row.family,
                "mean": row.value,
                "interval": {"low": row.interval.low, "high": row.interval.high, "level": row.interval.level},
                "coverage": row.coverage,
                "scores": {
                    name: {
                        "value": score.value,
                        "interval": {"low": score.interval.low, "high": score.interval.high},
                        "layers": list(score.layers),
                        "reason": score.reason,
                    }
                    for name, score in row.scores.items()
                },
            }
            for row in board.rows
        ],
    }
