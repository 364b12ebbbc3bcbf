"""Tables of scores as CSV, JSON and Parquet, written piece by piece: an export may have a million rows."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from jaxtyping import Float
from numpy import ndarray

from brainrank.api.board_schemas import BoardColumns, BoardLine
from brainrank.api.json_text import number_or_null
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.standings import BoardPage
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.benchmark.types.course import Course
from brainrank.benchmark.types.score import TargetScores

if TYPE_CHECKING:
    from brainrank.benchmark.statistics.course_difference import CourseDifference
    from brainrank.benchmark.statistics.course_windows import WindowValue

Columns = Mapping[str, type]
Pieces = Iterator[bytes]
Times = Float[ndarray, " times"]
ROWS_AT_ONCE = 1_000
BLOCKS_IN_A_ROW_GROUP = 10  # of Parquet, whose readers fetch and unpack a group at a time
TEXT, WHOLE, REAL = str, int, float
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), full-width forms included.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
BOARD_COLUMNS: Columns = {
    **{"rank": WHOLE, "last_rank": WHOLE, "model": TEXT, "family": TEXT, "mean": REAL, "low": REAL, "high": REAL},
    **{"coverage": WHOLE, "counted": WHOLE, "deduction": REAL, "not_ranked": TEXT, "convention": TEXT},
    **{"benchmark": TEXT, "benchmark_version": WHOLE, "group": TEXT, "not_counted": TEXT, "run": WHOLE},
    **{"value": REAL, "value_low": REAL, "value_high": REAL, "raw": REAL, "unit": TEXT},
    **{"raw_low": REAL, "raw_high": REAL, "ceiling_lower": REAL, "ceiling_upper": REAL, "reason": TEXT},
}
SCORE_COLUMNS: Columns = {
    **{"run": WHOLE, "model": TEXT, "family": TEXT, "benchmark": TEXT, "benchmark_version": WHOLE},
    **{"code_version": TEXT, "finished_at": TEXT, "value": REAL, "unit": TEXT, "low": REAL, "high": REAL},
    **{"ceiling_lower": REAL, "ceiling_upper": REAL, "layers": TEXT, "reason": TEXT},
}


COURSE_COLUMNS = (
    *("time_ms", "value", "low", "high", "simultaneous_low", "simultaneous_high", "p_above_chance"),
    *("ceiling_lower", "ceiling_upper"),
)


DIFFERENCE_COLUMNS = ("time_ms", "difference", "low", "high", "simultaneous_low", "simultaneous_high", "p")


WINDOW_COLUMNS: Columns = {"window": TEXT, "value": REAL, "low": REAL, "high": REAL, "p": REAL, "reason": TEXT}


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def export(rows: Iterable[Sequence[Any]], columns: Columns, to: Format) -> Pieces:
    """The rows in a format; None is an empty cell or null."""
    return _FORMATS[to](iter(rows), columns)


def page_rows(page: BoardPage) -> Iterator[Sequence[Any]]:
    """The rows of a board as it is stored."""
    return board_rows(read_head(page), read_lines(page))


def board_rows(columns: BoardColumns, lines: Iterable[BoardLine]) -> Iterator[Sequence[Any]]:
    """A row for each score of a board, with its model's line beside it: the long format that statistics packages like.

    `counted` is of how many benchmarks the mean is, `coverage` how many of them the model has.
    """
    for line in lines:
        for benchmark in columns.benchmarks:
            cell = line.scores.get(benchmark.name)
            if cell is not None:
                ceiling = benchmark.ceiling
                yield (
                    *(line.rank, line.last_rank, line.model, line.family),
                    *(line.mean, line.interval.low, line.interval.high, line.coverage, columns.counted),
                    *(line.deduction, line.not_ranked, columns.convention),
                    *(benchmark.name, benchmark.version, benchmark.group, benchmark.not_counted, cell.run),
                    *(cell.value, cell.interval.low, cell.interval.high, cell.raw, benchmark.unit),
                    *(cell.raw_interval.low, cell.raw_interval.high),
                    *(ceiling.lower, ceiling.upper, cell.missing),
                )


def score_row(stored: StoredScore) -> Sequence[Any]:
    """The row of a score."""
    score = stored.score
    numbers = [score.value, score.interval.low, score.interval.high, score.ceiling.lower, score.ceiling.upper]
    value, low, high, lower, upper = map(number_or_null, numbers)
    return (
        *(stored.run_id, stored.model, stored.family, stored.benchmark, stored.benchmark_version),
        *(stored.code_version, stored.finished_at.isoformat(), value, score.unit, low, high),
        *(lower, upper, " ".join(dict.fromkeys(score.layers)), score.missing),
    )


def target_rows(found: TargetScores) -> Iterator[Sequence[Any]]:
    """A row for each target, neuron or voxel, and its score; an empty cell for one that has none."""
    return zip(found.targets, map(number_or_null, found.values.tolist()), strict=True)


def course_rows(found: Course) -> Iterator[Sequence[Any]]:
    """A row for each time, and what a score was there; an empty cell where it is undefined."""
    return _rows_of([*course_numbers(found).values(), *found.layer_values])


def difference_rows(found: "CourseDifference") -> Iterator[Sequence[Any]]:
    """A row for each time, and how two courses differ there."""
    return _rows_of(difference_numbers(found).values())


def window_rows(found: "Iterable[WindowValue]") -> Iterator[Sequence[Any]]:
    """A row for each window, and for each difference from the first."""
    for each in found:
        numbers = (each.value, each.interval.low, each.interval.high, each.p)
        yield (each.window, *map(number_or_null, numbers), each.reason)


def course_numbers(found: Course) -> Mapping[str, Times]:
    """What a course is at each time, by column."""
    numbers = (
        *(found.times_ms, found.values, *found.pointwise, *found.simultaneous, found.above_chance),
        *(found.ceiling_lower, found.ceiling_upper),
    )
    return dict(zip(COURSE_COLUMNS, numbers, strict=True))


def difference_numbers(found: "CourseDifference") -> Mapping[str, Times]:
    """What a difference of courses is at each time, by column."""
    numbers = (found.times_ms, found.values, *found.pointwise, *found.simultaneous, found.p)
    return dict(zip(DIFFERENCE_COLUMNS, numbers, strict=True))


def _rows_of(columns: Iterable[Times]) -> Iterator[Sequence[Any]]:
    return zip(*(map(number_or_null, each.tolist()) for each in columns), strict=True)


def course_columns(found: Course) -> Columns:
    """The columns of `course_rows`, layers by their names."""
    return {**dict.fromkeys(COURSE_COLUMNS, REAL), **dict.fromkeys((f"layer {each}" for each in found.layers), REAL)}


def as_text(cell: Any) -> Any:
    """A cell of a CSV: a text that a spreadsheet would take for a formula is quoted, a number stays a number."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _csv(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    return _lines(chain([tuple(columns)], (tuple(map(as_text, row)) for row in rows)))


def _lines(rows: Iterator[Sequence[Any]]) -> Pieces:
    while block := list(islice(rows, ROWS_AT_ONCE)):
        text = _csv_text(block, end="\n")
        if "\r" in text:  # Python quotes no carriage return unless it ends lines, and readers take it for an end
            text = "".join(_csv_text([row], end="\r\n").removesuffix("\r\n") + "\n" for row in block)
        yield text.encode()


def _csv_text(rows: Iterable[Sequence[Any]], *, end: str) -> str:
    content = io.StringIO()
    csv.writer(content, lineterminator=end).writerows(rows)
    return content.getvalue()


def _json(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    names, before = list(columns), "["
    while block := list(islice(rows, ROWS_AT_ONCE)):
        objects = (json.dumps(dict(zip(names, row, strict=True)), allow_nan=False) for row in block)
        yield (before + ",\n".join(objects)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[" else b"]\n"


def _parquet(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    """Parquet by way of CSV: Arrow reads that by itself, while for Python's lists it loads pandas, 50 MB of it."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    kinds = {TEXT: pyarrow.string(), WHOLE: pyarrow.int64(), REAL: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # Arrow's own keeps what it once had, 30 MB of it
    reading = {
        "read_options": pyarrow.csv.ReadOptions(column_names=list(columns), use_threads=False),
        "parse_options": pyarrow.csv.ParseOptions(newlines_in_values=True),
        "convert_options": pyarrow.csv.ConvertOptions(column_types=schema, null_values=[""]),
    }
    sink, blocks = _Pieces(), _lines(rows)
    with pyarrow.parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema) as writer:
        while text := b"".join(islice(blocks, BLOCKS_IN_A_ROW_GROUP)):
            writer.write_table(pyarrow.csv.read_csv(io.BytesIO(text), **reading))
            yield sink.take()
    yield sink.take()


class _Pieces(io.RawIOBase):
    """A file that is taken away as it is written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


_FORMATS: Mapping[Format, Callable[[Iterator[Sequence[Any]], Columns], Pieces]] = {
    Format.CSV: _csv,
    Format.JSON: _json,
    Format.PARQUET: _parquet,
}
