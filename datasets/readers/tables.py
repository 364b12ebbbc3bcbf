"""Tables of strangers: bounded in columns, rows and cells before any reader makes room for them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from brainrank.benchmark.types.errors import InvalidDataError

MOST_COLUMNS, MOST_CELLS = 1_000, 10_000_000
LONGEST_CELL, LONGEST_ROW = 10_000, 2**17
MOST_CHARACTERS = 2**28
"""Rows times the longest cell: columns of words take as much for each row as for the longest."""


def check_table(path: Path) -> None:
    """Raise InvalidDataError, naming the file and the line, for a table larger than any reader is given.

    Rows are separated as a spreadsheet does: a quoted cell may hold line ends. Every row counts as long as the longest,
    for readers fill up what ends early.
    """
    columns = rows = longest = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            lines = _Lines(opened, path)
            for rows, cells in enumerate(csv.reader(lines), start=1):
                lines.row_ends()
                columns = max(columns, len(cells))
                longest = max(longest, max(map(len, cells), default=0))
                fault = _fault(columns, rows, longest)
                if fault:
                    raise InvalidDataError(f"{path} {fault} (line {lines.number}); give a smaller table")
    except FileNotFoundError as error:
        raise InvalidDataError(f"{path} does not exist; give a CSV table with a heading line") from error
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidDataError(
            f"{path} is not a readable CSV table ({error}); write one with a heading line"
        ) from error


def _fault(columns: int, rows: int, longest: int) -> str:
    if columns > MOST_COLUMNS:
        return f"has a row of {columns:,} columns, and at most {MOST_COLUMNS:,} are read"
    if columns * rows > MOST_CELLS:
        return f"has more than {MOST_CELLS:,} cells ({columns:,} columns)"
    if longest > LONGEST_CELL:
        return f"has a cell of {longest:,} characters, and at most {LONGEST_CELL:,} are read"
    if longest * rows > MOST_CHARACTERS:
        return f"has more than {MOST_CHARACTERS // longest:,} rows, with cells of {longest:,} characters"
    return ""


class _Lines:
    """The lines of a table, no row of which is longer than LONGEST_ROW, and none with a character of no width."""

    def __init__(self, opened: IO[str], path: Path) -> None:
        self._opened, self._path, self._left, self.number = opened, path, LONGEST_ROW, 0

    def row_ends(self) -> None:
        """Begin to count anew."""
        self._left = LONGEST_ROW

    def __iter__(self) -> Iterator[str]:
        while line := self._opened.readline(self._left):
            self.number += 1
            self._left -= len(line)
            if self._left <= 0:
                raise InvalidDataError(
                    f"{self._path} has a row of more than {LONGEST_ROW:,} characters (line {self.number}): too many "
                    "columns, or a quote that is not closed; give a smaller table"
                )
            if "\0" in line:
                raise InvalidDataError(
                    f"{self._path} holds a NUL character (line {self.number}); save it as plain text"
                )
            yield line
