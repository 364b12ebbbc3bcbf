"""`stimuli.csv`: which images a package shows, in which order, and which of them are there to fit readouts on."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.faults import Fault, of_file
from brainrank.datasets.package.file_names import inside_path
from brainrank.datasets.readers.tables import check_table

REQUIRED = ("stimulus_id", "file")
OWN = (*REQUIRED, "set", "category", "group")
SETS = ("test", "training")


class Row(NamedTuple):
    """A line of the table; `labels` are its further columns."""

    line: int
    stimulus_id: str
    file: str
    training: bool
    category: str
    group: str
    labels: tuple[tuple[str, str], ...]


class StimulusTable(NamedTuple):
    """The rows of a table, in order."""

    file: str
    rows: tuple[Row, ...]

    @property
    def test(self) -> tuple[Row, ...]:
        """The images that were shown, in the order of the measurements."""
        return tuple(row for row in self.rows if not row.training)

    @property
    def group_of(self) -> dict[str, str]:
        """The group of each image that is in one."""
        return {row.stimulus_id: row.group for row in self.rows if row.group}

    @property
    def training(self) -> tuple[Row, ...]:
        """The images to fit a readout on."""
        return tuple(row for row in self.rows if row.training)


def count_groups(table: StimulusTable, group_of: Mapping[str, str]) -> int:
    """How many groups the images that were shown make: one that is in none stands for itself."""
    return len({group_of.get(row.stimulus_id, row.stimulus_id) for row in table.test})


class ReadTable(NamedTuple):
    """A table and what is wrong with it."""

    table: StimulusTable
    faults: tuple[Fault, ...]


def read_table(folder: Path, file: str) -> ReadTable:
    """Read a table of stimuli. Nothing is raised for its content: faults are returned."""
    nothing = StimulusTable(file, ())
    try:
        if not (folder / file).is_file():
            return ReadTable(nothing, (Fault(file, "missing"),))
        check_table(folder / file)
        with (folder / file).open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except InvalidDataError as error:
        return ReadTable(nothing, (of_file(file, folder, error),))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return ReadTable(nothing, (Fault(file, f"not readable as CSV: {error}"),))
    filled = [(line, cells) for line, cells in lines if any(cells)]
    if not filled:
        return ReadTable(nothing, (Fault(file, f"empty; its first line names the columns: {', '.join(OWN)}"),))
    (first, headings), *body = filled
    headings = [heading.lower() for heading in headings]
    faults = [Fault(file, text, first) for text in _heading_faults(headings)]
    if faults:
        return ReadTable(nothing, tuple(faults))
    rows = []
    for line, values in body:
        if len(values) != len(headings):
            faults.append(Fault(file, f"{len(values)} values for {len(headings)} columns", line))
        cells = dict.fromkeys(headings, "") | dict(zip(headings, values, strict=False))
        rows.append(_row(line, cells))
        faults.extend(Fault(file, text, line) for text in _row_faults(rows[-1], cells, folder))
    faults.extend(_repeated(file, rows))
    if not body:
        faults.append(Fault(file, "lists no stimulus"))
    return ReadTable(StimulusTable(file, tuple(rows)), tuple(faults))


def _heading_faults(headings: Sequence[str]) -> Iterator[str]:
    for name in REQUIRED:
        if name not in headings:
            near = get_close_matches(name, headings, n=1)
            yield f"no column {name}" + (f" (is {near[0]} meant?)" if near else f"; there are {', '.join(headings)}")
    for name in sorted({heading for heading in headings if headings.count(heading) > 1}):
        yield f"column {name} occurs {headings.count(name)} times; keep one" if name else "a column without a name"


def _row(line: int, cells: dict[str, str]) -> Row:
    return Row(
        line=line,
        stimulus_id=cells["stimulus_id"],
        file=cells["file"],
        training=cells.get("set", "") == "training",
        # Trials are compared in lower case.
        category=cells.get("category", "").lower(),
        group=cells.get("group", ""),
        labels=tuple((name, value) for name, value in cells.items() if name not in {*REQUIRED, "set", "group"}),
    )


def _row_faults(row: Row, cells: dict[str, str], folder: Path) -> Iterator[str]:
    if not row.stimulus_id:
        yield "no stimulus_id"
    if cells.get("set", "") not in ("", *SETS):
        yield f"set '{cells['set']}': choose test (or nothing) or training"
    if row.training and not row.category:
        yield f"training image {row.stimulus_id} has no category"
    if not row.file:
        yield "no file"
        return
    try:
        inside_path(row.file)
    except ValueError as error:
        yield f"file '{row.file}': {error}"
        return
    if not (folder / row.file).is_file():
        yield f"file '{row.file}' is not there"


def _repeated(file: str, rows: Sequence[Row]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for row in rows:
        if row.stimulus_id and row.stimulus_id in seen:
            yield Fault(file, f"stimulus_id '{row.stimulus_id}' is that of line {seen[row.stimulus_id]}, too", row.line)
        seen.setdefault(row.stimulus_id, row.line)
