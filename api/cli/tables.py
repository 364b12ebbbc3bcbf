"""Scores and leaderboards as tables on the terminal."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from brainrank.api.cli.output import results
from brainrank.api.numbers import (
    written,
    written_ceiling,
    written_cell,
    written_interval,
    written_places,
    written_range,
)

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard, LeaderboardRow
    from brainrank.api.services.scoring import Outcome
    from brainrank.benchmark.types.score import Score

MOST_COLUMNS = 6
MOST_UNRANKED = 3


def print_scores(outcomes: "Sequence[Outcome]") -> None:
    """Print a table for each benchmark, one line per model, in the order they were asked for."""
    for name in dict.fromkeys(outcome.run.benchmark for outcome in outcomes):
        table = _table("model", "score", "95 % interval", "ceiling", left="layers")
        for run, reused in outcomes:
            if run.benchmark == name:
                table.add_row(
                    run.model,
                    written(run.score.value),
                    written_interval(run.score.interval),
                    written_range(run.score.ceiling.lower, run.score.ceiling.upper),
                    (run.receipt["readout"] or _layers(run.score)) + (" (stored)" if reused else ""),
                )
        results.print(f"[bold]{name}[/bold]")
        results.print(table)


def print_leaderboard(board: "Leaderboard") -> None:
    """Print one row per model. Of several benchmarks, their mean with its coverage, then each beside the ceilings.

    Models without a rank stand below; what counts in no mean is named with the reason.
    """
    several = len(board.benchmarks) > 1
    table = _table(
        "rank", "model", "mean" if several else "score", "95 % interval", left="coverage" if several else "layers"
    )
    for row in board.rows:
        last = f"{row.coverage} of {len(board.counted)}" if several else _layers(row.scores[board.benchmarks[0].name])
        table.add_row(
            written_places(row.rank, row.last_rank), row.model, written(row.value), written_interval(row.interval), last
        )
    results.print(table)
    if several:
        results.print()
        results.print(_by_group(board) if len(board.scored) > MOST_COLUMNS else _by_benchmark(board))
    else:
        found = board.ceilings[board.benchmarks[0].name]
        results.print(f"\nnoise ceiling: {written_ceiling(found)}")
    for line in _remarks(board):
        results.print(f"\n{line}", markup=False, soft_wrap=True)


def _remarks(board: "Leaderboard") -> "Sequence[str]":
    """What a reader of the table has to know."""
    found = []
    if board.convention == "explained":
        found.append("convention explained: shares of the noise ceiling; in brackets: raw, where there is none")
    elif board.convention != "raw":
        found.append(f"convention {board.convention}; ceilings are shown raw")
    found += [f"{name} counts in no mean and no rank: {why}" for name, why in board.uncounted.items()]
    found += [f"{row.model} is not ranked: {row.reason}" for row in board.rows if row.reason][:MOST_UNRANKED]
    more = sum(bool(row.reason) for row in board.rows) - MOST_UNRANKED
    if more > 0:
        found.append(f"... and {more} more are not ranked; --json tells why of each")
    if board.rows and not board.counted:
        found.append("nothing of this board counts under this convention; --convention raw shows scores as stored")
    return found


def _table(*right: str, left: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in right:
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    table.add_column(left)
    return table


def _layers(score: "Score") -> str:
    return ", ".join(dict.fromkeys(score.layers)) or score.reason


def _by_group(board: "Leaderboard") -> Table:
    """A column for each group, where there are too many benchmarks for one each."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("mean by group", no_wrap=True)
    counts = {group: sum(each.group == group for each in board.counted) for group in board.counted_groups}
    for group, count in counts.items():
        table.add_column(f"{group}\n({count})", justify="right", no_wrap=True)
    for row in board.rows:
        table.add_row(row.model, *(written(row.groups.get(group, math.nan)) for group in counts))
    table.caption = "by benchmark: brainrank leaderboard GROUP"
    return table


def _by_benchmark(board: "Leaderboard") -> Table:
    """A column for each benchmark, its name on several lines so that five of them fit a terminal of 80 columns."""
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    table.add_column("by benchmark", no_wrap=True)
    for benchmark in board.scored:
        lines = re.sub(r"(?<=\D)(?=\d{4}\.)|\.", "\n", benchmark.name)
        table.add_column(lines, justify="right", no_wrap=True)
    for row in board.rows:
        table.add_row(row.model, *(_cell(row, each.name) for each in board.scored))
    ceilings = [board.ceilings[each.name] for each in board.scored]
    table.add_section()
    table.add_row("noise ceiling, lower", *(written(each.lower) for each in ceilings), style="italic")
    table.add_row("noise ceiling, upper", *(written(each.upper) for each in ceilings), style="italic")
    return table


def _cell(row: "LeaderboardRow", benchmark: str) -> str:
    score = row.scores.get(benchmark)
    return written(math.nan) if score is None else written_cell(row.values[benchmark], score.value)
