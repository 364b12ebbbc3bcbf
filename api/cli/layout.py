"""Tables on a terminal of any width: names fold, numbers never break, nothing is cut.

Where a table does not fit, each of its rows becomes a block of lines. Through a pipe there is no width: every row is
one line, with names whole.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from brainrank.api.cli.output import results

GAP = 2
INDENT = 2
NARROWEST = 20
LEAST_NAME = 12
LEAST_TEXT = 16
MOST_FOLDS = 8
"""A name on more lines than this is hard to read: the table becomes blocks."""


class Kind(StrEnum):
    """What a column holds: names fold anywhere, numbers (`.281 to .352` is one) nowhere, text between its words."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"


class Column(NamedTuple):
    """A heading, which may have several lines, and what is below it."""

    heading: str
    kind: Kind = Kind.NUMBER


Row = Sequence[str]


def name_column(heading: str) -> Column:
    """A column of names."""
    return Column(heading, Kind.NAME)


def number_column(heading: str) -> Column:
    """A column of numbers."""
    return Column(heading, Kind.NUMBER)


def text_column(heading: str) -> Column:
    """A column of prose."""
    return Column(heading, Kind.TEXT)


def print_table(columns: Sequence[Column], rows: Sequence[Row], *, last: Sequence[Row] = (), title: str = "") -> None:
    """Print rows under their headings on stdout; `last` are set apart from the others."""
    shown = [[printable(cell) for cell in row] for row in rows]
    closing = [[printable(cell) for cell in row] for row in last]
    if title:
        results.print(Text(title, style="bold"), soft_wrap=True)
    for line in table_lines(columns, shown, closing, room(results)):
        results.print(line, soft_wrap=True)


def fits(columns: Sequence[Column], rows: Sequence[Row]) -> bool:
    """Whether a table fits as it is, or would become blocks."""
    return column_widths(columns, [[printable(cell) for cell in row] for row in rows], room(results)) is not None


def print_facts(facts: Mapping[str, str]) -> None:
    """Print a line for each fact, its label first; long ones fold under their beginning."""
    width = room(results)
    for line in _facts([(key, printable(fact), Kind.TEXT) for key, fact in facts.items()], width, indent=0):
        results.print(line, soft_wrap=True)


def print_text(line: str, *, style: str = "") -> None:
    """Print a sentence, broken between its words."""
    width = room(results)
    for part in [printable(line)] if width is None else _wrapped(printable(line), width):
        results.print(Text(part, style=style), soft_wrap=True)


def room(console: Console) -> int | None:
    """How many cells a line may have; None through a pipe, unless COLUMNS says otherwise."""
    if console.is_terminal or os.environ.get("COLUMNS", "").isdigit():
        return max(console.width, NARROWEST)
    return None


def printable(cell: str) -> str:
    """A cell on one line: what cannot be printed, a line break for one, is written as Python writes it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cell)


def table_lines(
    columns: Sequence[Column], rows: Sequence[Row], last: Sequence[Row] = (), width: int | None = None
) -> Iterator[Text]:
    """The lines of a table at most `width` cells wide, or of blocks where its numbers and names do not fit beside."""
    widths = column_widths(columns, [*rows, *last], width)
    if widths is None:
        yield from _blocks(columns, rows, width)
        yield from _blocks(columns, last, width, style="italic")
        return
    headings = [column.heading for column in columns]
    if any(headings):
        cells = [_wrapped(heading, wide) for heading, wide in zip(headings, widths, strict=True)]
        yield from _aligned(cells, columns, widths, style="bold", upwards=True)
    for each, style in ((rows, ""), (last, "italic")):
        if each and style:
            yield Text()
        for row in each:
            folded = [_folded(*parts) for parts in zip(row, columns, widths, strict=True)]
            yield from _aligned(folded, columns, widths, style=style)


def column_widths(columns: Sequence[Column], rows: Sequence[Row], width: int | None) -> list[int] | None:
    """The width of each column; None where it takes blocks.

    Numbers get what they need, names and text their least; what is left goes to headings and names, then to text.
    """
    cells = [max((cell_len(row[k]) for row in rows), default=0) for k in range(len(columns))]
    full = [max(n, *_lengths(column.heading, "\n")) for n, column in zip(cells, columns, strict=True)]
    if width is None:
        return full
    least = [
        max(n if column.kind is Kind.NUMBER else min(n, _LEAST[column.kind]), *_lengths(column.heading, None))
        for n, column in zip(cells, columns, strict=True)
    ]
    spare = width - sum(least) - GAP * (len(columns) - 1)
    if spare < 0:
        return None
    for kinds in ((Kind.NUMBER, Kind.NAME), (Kind.TEXT,)):
        spare = _share(spare, least, full, [k for k, column in enumerate(columns) if column.kind in kinds])
    if any(n > MOST_FOLDS * wide for n, wide in zip(cells, least, strict=True)):
        return None
    return least


_LEAST = {Kind.NAME: LEAST_NAME, Kind.TEXT: LEAST_TEXT}


def _lengths(heading: str, separator: str | None) -> list[int]:
    return [cell_len(part) for part in heading.split(separator)] or [0]


def _share(spare: int, widths: list[int], wanted: Sequence[int], among: Sequence[int]) -> int:
    """Widen columns towards what they want, those that want least first; return what is left over."""
    hungry = sorted(among, key=lambda k: wanted[k] - widths[k])
    for position, k in enumerate(hungry):
        given = min(wanted[k] - widths[k], spare // (len(hungry) - position))
        widths[k] += given
        spare -= given
    return spare


def _folded(cell: str, column: Column, width: int) -> list[str]:
    if column.kind is Kind.NAME:
        return chop_cells(cell, width) or [""]
    return [cell] if column.kind is Kind.NUMBER else _wrapped(cell, width)


def _wrapped(cell: str, width: int) -> list[str]:
    """Lines broken between words, and in a word only where it is longer than a line."""
    lines: list[str] = []
    for paragraph in cell.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if cell_len(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *whole, line = chop_cells(word, width) or [""]
            lines += whole
        lines.append(line)
    return lines


def _aligned(
    cells: Sequence[Sequence[str]],
    columns: Sequence[Column],
    widths: Sequence[int],
    *,
    style: str,
    upwards: bool = False,
) -> Iterator[Text]:
    """The lines of a row; `upwards` sets the last lines of its cells level, as headings are."""
    if upwards:
        height = max(map(len, cells))
        cells = [[""] * (height - len(cell)) + [*cell] for cell in cells]
    for parts in zip_longest(*cells, fillvalue=""):
        padded = []
        for part, column, width in zip(parts, columns, widths, strict=True):
            blank = " " * (width - cell_len(part))
            padded.append(blank + part if column.kind is Kind.NUMBER else part + blank)
        yield Text((" " * GAP).join(padded).rstrip(), style=style)


def _blocks(columns: Sequence[Column], rows: Sequence[Row], width: int | None, *, style: str = "") -> Iterator[Text]:
    """Each row as its name, with a line for every other cell that is not empty."""
    head = next((k for k, column in enumerate(columns) if column.kind is not Kind.NUMBER), 0)
    for row in rows:
        for line in _folded(row[head], Column("", Kind.NAME), width or cell_len(row[head]) or 1):
            yield Text(line, style=style or "bold")
        facts = [
            (column.heading.replace("\n", " "), cell, column.kind)
            for k, (column, cell) in enumerate(zip(columns, row, strict=True))
            if k != head and cell
        ]
        yield from _facts(facts, width, indent=INDENT)


def _facts(facts: Sequence[tuple[str, str, Kind]], width: int | None, *, indent: int) -> Iterator[Text]:
    """Labels with their values beside them, or below where there is no room beside."""
    label = max((cell_len(key) for key, *_ in facts), default=0)
    for key, value, kind in facts:
        beside = None if width is None else width - indent - label - GAP
        fits = beside is None or cell_len(value) <= beside or (kind is not Kind.NUMBER and beside >= LEAST_TEXT)
        start = " " * indent + key
        if fits:
            first, *others = [value] if beside is None else _folded(value, Column("", kind), beside)
            yield Text(f"{start}{' ' * (label - cell_len(key) + GAP)}{first}".rstrip())
            for line in others:
                yield Text(" " * (indent + label + GAP) + line)
            continue
        under = 2 * INDENT
        for line in _wrapped(start.strip(), max((width or 0) - indent, 1)):
            yield Text(" " * indent + line)
        for line in _folded(value, Column("", kind), max((width or 0) - under, 1)):
            yield Text(" " * under + line)
