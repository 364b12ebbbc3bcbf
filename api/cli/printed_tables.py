"""Scores and leaderboards as tables on the terminal."""

import math
import re
from collections.abc import Sequence

from rich.text import Text

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.output import results
from brainrank.api.number_text import (
    UNRELIABLE,
    bounds_text,
    ceiling_text,
    cell_text,
    interval_text,
    number_text,
    places_text,
)
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.services.boards.leaderboard import Leaderboard, LeaderboardRow
from brainrank.api.services.runs.score_models import Outcome
from brainrank.benchmark.metrics.behaviour.details import SHARES
from brainrank.benchmark.types.score import Score

MOST_COLUMNS = 6
MOST_UNRANKED = 3


def print_scores(outcomes: Sequence[Outcome]) -> None:
    """Print a table for each benchmark, one line per model, in the order they were asked for."""
    columns = [
        name_column("model"),
        number_column("score"),
        number_column("95 % interval"),
        number_column("ceiling"),
        number_column("run"),
        text_column("layers"),
    ]
    for benchmark in dict.fromkeys(outcome.run.benchmark for outcome in outcomes):
        rows, remarks = [], dict[str, None]()
        for run, reused in outcomes:
            if run.benchmark == benchmark:
                ceiling = run.score.ceiling
                rows.append(
                    [
                        run.model,
                        number_text(run.score.value),
                        interval_text(run.score.interval),
                        bounds_text(ceiling) + ("?" if ceiling.unreliable else ""),
                        str(run.run_id),
                        (run.receipt["readout"] or _layers(run.score)) + (" (stored)" if reused else ""),
                    ]
                )
                for detail in run.score.details:
                    if detail.name in SHARES and detail.value > 0:
                        remarks[f"{run.model}: {detail.name}, with people, {number_text(detail.value)}"] = None
                if run.score.interval.reason and not run.score.reason:
                    remarks[f"no interval: {run.score.interval.reason}"] = None
                if ceiling.unreliable:
                    remarks[f"? {UNRELIABLE}"] = None
                if ceiling.reason:
                    remarks[f"noise ceiling: {ceiling.reason}"] = None
        print_table(columns, rows, title=benchmark)
        for remark in remarks:
            print_text(remark)


def print_leaderboard(board: Leaderboard) -> None:
    """Print one row per model. Of several benchmarks, their mean with its coverage, then each beside the ceilings.

    Models without a rank stand below; what counts in no mean is named with the reason.
    """
    several = len(board.benchmarks) > 1
    columns = [
        number_column("rank"),
        name_column("model"),
        number_column("mean" if several else "score"),
        number_column("95 % interval"),
        number_column("coverage") if several else text_column("layers"),
    ]
    rows = [
        [
            places_text(row.rank, row.last_rank),
            row.model,
            number_text(row.value) if several else _cell(row, board.benchmarks[0].name),
            interval_text(row.interval),
            f"{row.coverage} of {len(board.counted)}" if several else _layers(row.scores[board.benchmarks[0].name]),
        ]
        for row in board.rows
    ]
    print_table(columns, rows)
    if several:
        results.print()
        (_print_by_group if len(board.scored_benchmarks) > MOST_COLUMNS else _print_by_benchmark)(board)
    else:
        found = board.ceilings[board.benchmarks[0].name]
        results.print()
        print_text(f"noise ceiling: {ceiling_text(found)}")
    for line in _remarks(board):
        results.print()
        print_text(line)


def _remarks(board: Leaderboard) -> Sequence[str]:
    """What a reader of the table has to know."""
    found = []
    published = sum(origin == PUBLISHED for row in board.rows for origin in row.origins.values())
    if published:
        scores = sum(len(row.scores) for row in board.rows)
        found.append(f"{published:,} of {scores:,} scores came with brainrank (brainrank results show)")
    if board.convention_reason:
        found.append(f"convention {board.convention}: {board.convention_reason}")
    elif board.convention == "explained":
        found.append("convention explained: shares of the noise ceiling; in brackets: raw, where there is none")
    elif board.convention != "raw":
        found.append(f"convention {board.convention}; ceilings are shown raw")
    found += [f"{name} counts in no mean and no rank: {why}" for name, why in board.uncounted.items()]
    if not board.counted:
        other = "" if board.convention == "raw" else "; --convention raw ranks what has no noise ceiling, too"
        return [*found, f"nothing on this board counts, so that nobody is ranked{other}"]
    unranked = [f"{row.model} is not ranked: {row.reason}" for row in board.rows if row.reason]
    more = len(unranked) - MOST_UNRANKED
    return [*found, *unranked[:MOST_UNRANKED], *([f"... and {more} more; --json tells why"] if more > 0 else [])]


def _layers(score: Score) -> str:
    return ", ".join(dict.fromkeys(score.layers)) or score.reason


def _print_by_group(board: Leaderboard) -> None:
    """A column for each group, where there are too many benchmarks for one each."""
    counts = {group: sum(each.group == group for each in board.counted) for group in board.counted_groups}
    columns = [name_column("mean by group"), *(number_column(f"{group}\n({count})") for group, count in counts.items())]
    print_table(
        columns,
        [[row.model, *(number_text(row.groups.get(group, math.nan)) for group in counts)] for row in board.rows],
    )
    results.print(Text("by benchmark: brainrank leaderboard GROUP", style="dim italic"))


def _print_by_benchmark(board: Leaderboard) -> None:
    """A column for each benchmark, its name on several lines so that five of them fit a terminal of 80 columns."""
    columns = [
        name_column("by benchmark"),
        *(number_column(re.sub(r"(?<=\D)(?=\d{4}\.)|\.", "\n", each.name)) for each in board.scored_benchmarks),
    ]
    ceilings = [board.ceilings[each.name] for each in board.scored_benchmarks]
    last = [
        ["noise ceiling, lower", *(number_text(each.lower) for each in ceilings)],
        ["noise ceiling, upper", *(number_text(each.upper) for each in ceilings)],
    ]
    if any(each.unreliable for each in ceilings):
        last.append(["", *("unreliable" if each.unreliable else "" for each in ceilings)])
    print_table(
        columns,
        [[row.model, *(_cell(row, each.name) for each in board.scored_benchmarks)] for row in board.rows],
        last=last,
    )


def _cell(row: LeaderboardRow, benchmark: str) -> str:
    score = row.scores.get(benchmark)
    return number_text(math.nan) if score is None else cell_text(row.values[benchmark], score.value)
