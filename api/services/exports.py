"""Tables of scores as CSV, JSON and Parquet, written piece by piece: an export may have a million rows."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.standings import BoardPage

if TYPE_CHECKING:
    import pyarrow

Columns = Mapping[str, type]
Pieces = Iterator[bytes]
ROWS_AT_ONCE = 10_000
TEXT, WHOLE, REAL = str, int, float
BOARD_COLUMNS: Columns = {
    **{"rank": WHOLE, "model": TEXT, "family": TEXT, "mean": REAL, "benchmark": TEXT, "group": TEXT},
    **{"value": REAL, "raw": REAL, "unit": TEXT, "raw_low": REAL, "raw_high": REAL},
    **{"ceiling_lower": REAL, "ceiling_upper": REAL, "reason": TEXT},
}
SCORE_COLUMNS: Columns = {
    **{"run": WHOLE, "model": TEXT, "family": TEXT, "benchmark": TEXT, "benchmark_version": WHOLE},
    **{"code_version": TEXT, "finished_at": TEXT, "value": REAL, "unit": TEXT, "low": REAL, "high": REAL},
    **{"ceiling_lower": REAL, "ceiling_upper": REAL, "layers": TEXT, "reason": TEXT},
}


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def export(rows: Iterable[Sequence[Any]], columns: Columns, to: Format) -> Pieces:
    """The rows in a format; None is an empty cell or null."""
    return _FORMATS[to](iter(rows), columns)


def board_rows(page: BoardPage) -> Iterator[Sequence[Any]]:
    """A row for each score of a board: the long format that statistics packages like."""
    benchmarks = {each["name"]: each for each in json.loads(page.head)["benchmarks"]}
    for text in page.lines:
        line = json.loads(text)
        for name, about in benchmarks.items():
            cell = line["scores"].get(name)
            if cell is not None:
                ceiling = about["ceiling"]
                yield (
                    *(line["rank"], line["model"], line["family"], line["mean"], name, about["group"]),
                    *(cell["value"], cell["raw"], about["unit"], cell["raw_low"], cell["raw_high"]),
                    *(ceiling["lower"], ceiling["upper"], cell.get("reason", "")),
                )


def score_row(stored: StoredScore) -> Sequence[Any]:
    """The row of a score."""
    score = stored.score
    numbers = [score.value, score.interval.low, score.interval.high, score.ceiling.lower, score.ceiling.upper]
    value, low, high, lower, upper = (None if math.isnan(each) else each for each in numbers)
    return (
        *(stored.run_id, stored.model, stored.family, stored.benchmark, stored.benchmark_version),
        *(stored.code_version, stored.finished_at.isoformat(), value, score.unit, low, high),
        *(lower, upper, " ".join(dict.fromkeys(score.layers)), score.reason),
    )


def _csv(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(columns)
    while block := list(islice(rows, ROWS_AT_ONCE)):
        writer.writerows(block)
        yield content.getvalue().encode()
        content.seek(0)
        content.truncate()
    yield content.getvalue().encode()


def _json(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    names, before = list(columns), "["
    while block := list(islice(rows, ROWS_AT_ONCE)):
        objects = (json.dumps(dict(zip(names, row, strict=True)), allow_nan=False) for row in block)
        yield (before + ",\n".join(objects)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[" else b"]\n"


def _parquet(rows: Iterator[Sequence[Any]], columns: Columns) -> Pieces:
    import pyarrow  # 60 MB of memory, which only those who export Parquet need
    import pyarrow.parquet

    kinds = {TEXT: pyarrow.string(), WHOLE: pyarrow.int64(), REAL: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    sink = _Pieces()
    with pyarrow.parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema) as writer:
        while block := list(islice(rows, ROWS_AT_ONCE)):
            writer.write_table(_table(block, schema))
            yield sink.take()
    yield sink.take()


def _table(block: Sequence[Sequence[Any]], schema: "pyarrow.Schema") -> "pyarrow.Table":
    import pyarrow

    by_column = zip(*block, strict=True)
    arrays = [pyarrow.array(column, type=field.type) for column, field in zip(by_column, schema, strict=True)]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


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
