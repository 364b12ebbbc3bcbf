"""A leaderboard as JSON, and as a file: CSV, JSON or Parquet for programs, Markdown for a page."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainrank.api.numbers import NOTHING, ceiling_json, interval_json, written, written_places, written_range
from brainrank.benchmark.storage import written_whole
from brainrank.benchmark.types.errors import UnknownNameError

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard, LeaderboardRow
    from brainrank.benchmark.benchmarks import Benchmark


def export(board: "Leaderboard", path: Path) -> None:
    """Write the board in the format that the file's ending names; UnknownNameError for another ending."""
    check_ending(path)
    with written_whole(path) as file:
        file.writelines(FORMATS[path.suffix](board))


def check_ending(path: Path) -> None:
    """Raise UnknownNameError unless the file's ending names a format."""
    if path.suffix not in FORMATS:
        raise UnknownNameError("ending of an exported leaderboard", path.suffix or path.name, FORMATS)


def as_json(board: "Leaderboard") -> dict[str, Any]:
    """The board as plain values."""
    return {
        "convention": board.convention,
        "benchmarks": [
            {
                "name": each.name,
                "version": each.version,
                "group": each.group,
                "metric": each.metric.name,
                "ceiling": ceiling_json(board.ceilings[each.name]) if each.name in board.ceilings else None,
            }
            for each in board.benchmarks
        ],
        "rows": [_row_json(row) for row in board.rows],
    }


def _row_json(row: "LeaderboardRow") -> dict[str, Any]:
    return {
        "rank": row.rank,
        "last_rank": row.last_rank,
        "model": row.model,
        "family": row.family,
        "mean": row.value,
        "interval": interval_json(row.interval),
        "coverage": row.coverage,
        "groups": dict(row.groups),
        "scores": {
            name: {
                "value": row.values[name],
                "raw": score.value,
                "unit": score.unit,
                "raw_interval": interval_json(score.interval),
                "layers": list(score.layers),
                "reason": score.reason,
            }
            for name, score in row.scores.items()
        },
    }


def _table_in(format: str, board: "Leaderboard") -> Iterator[bytes]:
    """The same table that the service exports."""
    from brainrank.api.services.exports import BOARD_COLUMNS, Format, board_rows
    from brainrank.api.services.exports import export as pieces
    from brainrank.api.services.lines import benchmarks_json, line_json, plain

    # By way of JSON, as a stored board is: an undefined number is null there, and an empty cell here.
    lines = [json.loads(plain(line_json(row, training_data="", objective=""))) for row in board.rows]
    benchmarks = json.loads(plain(benchmarks_json(board)))
    return pieces(board_rows(benchmarks, lines), BOARD_COLUMNS, Format(format))


def _markdown(board: "Leaderboard") -> Iterator[bytes]:
    parts = [
        f"Convention: {board.convention}. Mean: over groups, each the mean over the group's studies, each the mean "
        "over the study's benchmarks that a model has; coverage counts them. In brackets: 95 % intervals.\n",
        _table(
            ["rank", "model", "family", "mean", "coverage", *board.counted_groups],
            [
                [
                    written_places(row.rank, row.last_rank),
                    row.model,
                    row.family,
                    f"{written(row.value)} [{written_range(row.interval.low, row.interval.high)}]",
                    f"{row.coverage} of {len(board.counted)}",
                    *(written(row.groups[group]) if group in row.groups else NOTHING for group in board.counted_groups),
                ]
                for row in board.rows
            ],
        ),
    ]
    for group in board.groups:
        benchmarks = [each for each in board.scored if each.group == group]
        header = ["model", *(each.name for each in benchmarks)]
        rows = [[row.model, *(_cell(row, each) for each in benchmarks)] for row in board.rows]
        ceilings = [board.ceilings[each.name] for each in benchmarks]
        rows.append(["*noise ceiling*", *(written_range(each.lower, each.upper) for each in ceilings)])
        parts.append(f"\n### {group}\n\n{_table(header, rows)}")
    if board.unreliable:
        parts.append(
            f"\nUnreliable (the ceiling cannot be told from zero), ranks nobody: {', '.join(board.unreliable)}\n"
        )
    yield "\n".join(parts).encode()


def _cell(row: "LeaderboardRow", benchmark: "Benchmark") -> str:
    score = row.scores.get(benchmark.name)
    if score is None:
        return NOTHING
    value = written(row.values[benchmark.name])
    return f"{value} [{written_range(score.interval.low, score.interval.high)}]" if value != NOTHING else NOTHING


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


FORMATS: Mapping[str, Callable[["Leaderboard"], Iterator[bytes]]] = {
    ".md": _markdown,
    **{f".{format}": partial(_table_in, format) for format in ("csv", "json", "parquet")},
}
