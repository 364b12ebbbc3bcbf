"""Tables of odd-one-out judgements: image1, image2, image3, odd, and who judged, as `subject`."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.tables import check_table

IMAGES = ("image1", "image2", "image3")
ODD, SUBJECT = "odd", "subject"
NEEDED = (*IMAGES, ODD)


class TripletRow(NamedTuple):
    """Three images, the odd one last, who judged them, and the line."""

    images: tuple[str, str, str]
    subject: str
    line: int


class ReadTriplets(NamedTuple):
    """Judgements, and what is wrong with others, by line. `subjects` is there where the table has the column."""

    rows: tuple[TripletRow, ...]
    subjects: tuple[str, ...] | None
    faults: tuple[tuple[str, int], ...]


def read_triplets(path: Path) -> ReadTriplets:
    """Read a table; every row that is not three different images with one of them odd is a fault of its own.

    `odd` is the name of the image. Raises InvalidDataError for a table that cannot be read, that lacks a column or has
    one that nothing reads, or that has no rows.
    """
    check_table(path)
    with path.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(opened)
        headings = next(reader, [])
        return triplets_of_cells(headings, ((cells, reader.line_num) for cells in reader), what=str(path))


def triplets_of_cells(
    headings: Sequence[str], lines: Iterable[tuple[Sequence[str], int]], *, what: str
) -> ReadTriplets:
    """As `read_triplets`, of cells of text with the number of their line; `what` names the table in errors."""
    headings = [name.strip().lower() for name in headings]
    _check_headings(what, headings)
    rows, faults = list[TripletRow](), list[tuple[str, int]]()
    for cells, line in lines:
        if not any(map(str.strip, cells)):
            continue
        fault = _fault(headings, cells)
        if fault:
            faults.append((fault, line))
        else:
            rows.append(_row(dict(zip(headings, map(str.strip, cells), strict=True)), line))
    if not rows and not faults:
        raise InvalidDataError(f"{what} has no triplets; give a row for each judgement")
    subjects = tuple(row.subject for row in rows) if SUBJECT in headings else None
    return ReadTriplets(tuple(rows), subjects, tuple(faults))


def _check_headings(what: str, headings: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise InvalidDataError(f"{what} lacks the column {', '.join(missing)}; it needs {', '.join(NEEDED)}")
    further = [name for name in headings if name not in (*NEEDED, SUBJECT)]
    twice = [name for name in dict.fromkeys(headings) if headings.count(name) > 1]
    if further or twice:
        raise InvalidDataError(
            f"{what} has the column {', '.join(repr(name) for name in (*further, *twice))}, which is "
            f"{'there twice' if twice else 'not read'}; its columns are {', '.join(NEEDED)} and, if you like, {SUBJECT}"
        )


def _fault(headings: Sequence[str], cells: Sequence[str]) -> str:
    if len(cells) != len(headings):
        return f"has {len(cells)} cells, and the heading {len(headings)}"
    of = dict(zip(headings, map(str.strip, cells), strict=True))
    return next(_faults_of(of), "")


def _faults_of(of: dict[str, str]) -> Iterator[str]:
    empty = [name for name, cell in of.items() if not cell]
    if empty:
        yield f"{', '.join(empty)} is empty"
    images = [of[name] for name in IMAGES]
    if len(set(images)) < len(images):
        yield f"images {', '.join(images)} are not three that differ"
    if of[ODD] not in images:
        yield f"odd is '{of[ODD]}', which is none of {', '.join(images)}"


def _row(of: dict[str, str], line: int) -> TripletRow:
    first, second = (of[name] for name in IMAGES if of[name] != of[ODD])
    return TripletRow((first, second, of[ODD]), of.get(SUBJECT, ""), line)
