"""Leaderboards and comparisons as a notebook shows them; colours as in score_html."""

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from brainrank.api.number_text import chance_text, interval_text, number_text, places_text
from brainrank.api.python.score_html import interval_svg, scale_of, table_html
from brainrank.benchmark.types.score import NoiseCeiling

if TYPE_CHECKING:
    from brainrank.api.python.compare import Comparison
    from brainrank.api.python.leaderboard import Leaderboard

MOST_ROWS = 60
NO_CEILING = NoiseCeiling(math.nan, math.nan)


def leaderboard_html(found: "Leaderboard") -> str:
    """The models in their order, with the places they may have and a bar; of one benchmark, its noise ceiling too."""
    board = found._board
    several = len(board.benchmarks) > 1
    ceiling = NO_CEILING if several else next(iter(board.ceilings.values()), NO_CEILING)
    values = [value for row in board.rows for value in (row.value, row.interval.low, row.interval.high)]
    scale = scale_of([*values, ceiling.lower, ceiling.upper])
    rows = [
        [
            places_text(row.rank, row.last_rank),
            escape(row.model),
            interval_svg(row.value, row.interval, ceiling, scale),
            number_text(row.value),
            interval_text(row.interval),
            f"{row.coverage} of {len(board.counted)}",
        ]
        for row in board.rows[:MOST_ROWS]
    ]
    lines = [f"convention {board.convention}{f': {board.convention_reason}' if board.convention_reason else ''}"]
    lines += [f"{name} counts in no mean and no rank: {why}" for name, why in board.uncounted.items()]
    more = len(board.rows) - MOST_ROWS
    lines += [f"{more} more models: .frame() has them all"] if more > 0 else []
    lines += [] if board.rows else ["No scores yet: br.score(MODELS, BENCHMARKS) makes some"]
    heads = ("rank", "model", "", "mean" if several else "score", "95 % interval", "coverage")
    return table_html(heads, rows, lines)


def comparison_html(found: "Comparison") -> str:
    """Every pair on the mean and on each benchmark: the difference with its interval, p and q."""
    pairs = found._pairs()
    values = [n for _, pair, _ in pairs for n in (pair.paired.interval.low, pair.paired.interval.high)]
    scale = scale_of([*values, *(pair.paired.difference for _, pair, _ in pairs)])
    rows = [
        [
            escape(on) + ("" if str(pair.convention) == found.convention else f" ({pair.convention})"),
            escape(f"{pair.first} − {pair.second}"),
            interval_svg(pair.paired.difference, pair.paired.interval, NO_CEILING, scale),
            f"{number_text(pair.paired.difference)}",
            interval_text(pair.paired.interval),
            escape(chance_text(pair.paired.p)),
            escape(chance_text(pair.q)),
        ]
        for on, pair, _ in pairs[:MOST_ROWS]
    ]
    heads = ("benchmark", "difference of", "", "", "95 % interval", "p", "q")
    lines = [f"convention {found.convention}; q: p after Benjamini-Hochberg over the pairs of a benchmark"]
    return table_html(heads, rows, _with_rest(lines, len(pairs) - MOST_ROWS))


def _with_rest(lines: Sequence[str], more: int) -> Sequence[str]:
    return [*lines, f"{more} more rows: .frame() has them all"] if more > 0 else lines
