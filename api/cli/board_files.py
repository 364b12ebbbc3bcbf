"""A leaderboard as JSON, and as a file: CSV, JSON or Parquet for programs, Markdown for a page."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brainrank.api.board_schemas import BoardColumns, BoardLine
from brainrank.api.number_text import NOTHING, interval_text, number_text, places_text, range_text
from brainrank.api.score_json import ceiling_json
from brainrank.api.services.boards.board_json import columns_json, line_json
from brainrank.api.services.boards.cells import NOT_SCORED
from brainrank.api.services.boards.exports import BOARD_COLUMNS, Format, board_rows
from brainrank.api.services.boards.exports import export as pieces
from brainrank.api.services.boards.leaderboard import Leaderboard, LeaderboardRow
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.errors import UnknownNameError


def export(board: Leaderboard, path: Path) -> None:
    """Write the board in the format that the file's ending names; UnknownNameError for another ending."""
    check_ending(path)
    with written_whole(path) as file:
        file.writelines(FORMATS[path.suffix](board))


def check_ending(path: Path) -> None:
    """Raise UnknownNameError unless the file's ending names a format."""
    if path.suffix not in FORMATS:
        raise UnknownNameError("ending of an exported leaderboard", path.suffix or path.name, FORMATS)


def as_json(board: Leaderboard) -> dict[str, Any]:
    """The board as plain values."""
    return {
        "convention": board.convention,
        "convention_reason": board.convention_reason,
        "counted": len(board.counted),
        "benchmarks": [
            {
                "name": each.name,
                "version": each.version,
                "group": each.group,
                "metric": each.metric.name,
                "counted": each in board.counted,
                "not_counted": board.uncounted.get(each.name, "" if each in board.scored_benchmarks else NOT_SCORED),
                "ceiling": ceiling_json(board.ceilings[each.name]) if each.name in board.ceilings else None,
            }
            for each in board.benchmarks
        ],
        "rows": [_row_json(row) for row in board.rows],
    }


def _row_json(row: LeaderboardRow) -> dict[str, Any]:
    line = line_json(row, training_data="", objective="").model_dump(exclude={"training_data", "objective"})
    for name, score in row.scores.items():
        line["scores"][name] |= {"unit": score.unit, "layers": list(score.layers)}
    return line


def _table_in(format: str, board: Leaderboard) -> Iterator[bytes]:
    """The same table that the service exports."""
    # By way of JSON, as a stored board is: an undefined number is null there, and an empty cell here.
    lines = [line_json(row, training_data="", objective="").model_dump_json() for row in board.rows]
    columns = BoardColumns.model_validate_json(columns_json(board).model_dump_json())
    return pieces(board_rows(columns, map(BoardLine.model_validate_json, lines)), BOARD_COLUMNS, Format(format))


def _markdown(board: Leaderboard) -> Iterator[bytes]:
    groups, total = board.counted_groups, len(board.counted)
    header = ["rank", "model", "family", "mean", "coverage", *groups]
    rows = [
        [
            places_text(row.rank, row.last_rank),
            row.model,
            row.family,
            f"{number_text(row.value)} [{interval_text(row.interval)}]",
            f"{row.coverage} of {total}",
            *(number_text(row.groups.get(group, math.nan)) for group in groups),
        ]
        for row in board.rows
    ]
    parts = [MEANING.format(convention=board.convention), markdown_table(header, rows)]
    parts += [f"\n### {group}\n\n{_group_table(board, group)}" for group in board.groups]
    if board.convention_reason:
        parts.insert(1, f"Convention {board.convention}: {board.convention_reason}.\n\n")
    if board.uncounted:
        why = "\n".join(f"- {name}: {why}" for name, why in board.uncounted.items())
        parts.append(f"\nShown, and in no mean and no rank:\n\n{why}\n")
    yield "\n".join(parts).encode()


MEANING = (
    "Convention: {convention}. Mean: the marginal mean over groups, studies within a group and benchmarks within a "
    "study (for a model with all benchmarks their mean); coverage: how many of the benchmarks that count a model has. "
    "In square brackets: 95 % intervals. In round brackets: raw, where the convention defines nothing. #: the run.\n"
)


def _group_table(board: Leaderboard, group: str) -> str:
    benchmarks = [each for each in board.scored_benchmarks if each.group == group]
    header = ["model", *(f"{each.name} (version {each.version})" for each in benchmarks)]
    rows = [[row.model, *(_cell(row, each) for each in benchmarks)] for row in board.rows]
    ceilings = [board.ceilings[each.name] for each in benchmarks]
    rows.append(["*noise ceiling, raw*", *(range_text(each.lower, each.upper) for each in ceilings)])
    return markdown_table(header, rows)


def _cell(row: LeaderboardRow, benchmark: Benchmark) -> str:
    score, name = row.scores.get(benchmark.name), benchmark.name
    if score is None:
        return NOTHING
    if not math.isnan(row.values[name]):
        return f"{number_text(row.values[name])} [{interval_text(row.intervals[name])}] #{row.runs[name]}"
    known = f"({number_text(score.value)} [{interval_text(score.interval)}])"
    return f"{NOTHING if math.isnan(score.value) else known} #{row.runs[name]}"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The lines of a table, each with its end."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


FORMATS: Mapping[str, Callable[["Leaderboard"], Iterator[bytes]]] = {
    ".md": _markdown,
    **{f".{format}": partial(_table_in, format) for format in ("csv", "json", "parquet")},
}
