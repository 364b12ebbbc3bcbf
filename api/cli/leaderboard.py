"""`brainrank leaderboard`: the stored scores, ranked."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.options import Json, Plot

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard
    from brainrank.benchmark.benchmarks import Benchmark


def leaderboard(
    benchmark: Annotated[
        str | None, typer.Argument(metavar="[BENCHMARK]", help="One benchmark; all of them unless given.")
    ] = None,
    *,
    json: Json = False,
    plot: Plot = None,
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
    if json:
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
    from brainrank.api.cli.numbers import ceiling_json, interval_json

    return {
        "benchmarks": [
            {
                "name": each.name,
                "version": each.version,
                "ceiling": ceiling_json(board.ceilings[each.name]) if each.name in board.ceilings else None,
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
                "interval": interval_json(row.interval),
                "coverage": row.coverage,
                "scores": {
                    name: {
                        "value": score.value,
                        "interval": interval_json(score.interval),
                        "layers": list(score.layers),
                        "reason": score.reason,
                    }
                    for name, score in row.scores.items()
                },
            }
            for row in board.rows
        ],
    }
