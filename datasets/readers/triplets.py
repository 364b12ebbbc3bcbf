"""Tables of odd-one-out judgements: image1, image2, image3, odd, and who judged, as `subject`."""

import csv
from collections.abc import Iterator
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
        headings = [name.strip().lower() for name in next(reader, [])]
        _check_headings(path, headings)
        rows, faults = list[TripletRow](), list[tuple[str, int]]()
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            fault = _fault(headings, cells)
            if fault:
                faults.append((fault, reader.line_num))
            else:
                rows.append(_row(dict(zip(headings, map(str.strip, cells), strict=True)), reader.line_num))
    if not rows and not faults:
        raise InvalidDataError(f"{path} has no triplets; give a row for each judgement")
    subjects = tuple(row.subject for row in rows) if SUBJECT in headings else None
    return ReadTriplets(tuple(rows), subjects, tuple(faults))


def _check_headings(path: Path, headings: list[str]) -> None:
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise InvalidDataError(f"{path} lacks the column {', '.join(missing)}; it needs {', '.join(NEEDED)}")
    further = [name for name in headings if name not in (*NEEDED, SUBJECT)]
    twice = [name for name in dict.fromkeys(headings) if headings.count(name) > 1]
    if further or twice:
        raise InvalidDataError(
            f"{path} has the column {', '.join(repr(name) for name in (*further, *twice))}, which is "
            f"{'there twice' if twice else 'not read'}; its columns are {', '.join(NEEDED)} and, if you like, {SUBJECT}"
        )


def _fault(headings: list[str], cells: list[str]) -> str:
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
