"""The column `group` of a table of stimuli, written for images that show the same or nearly so."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.images import read_image
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.groups import join_groups
from brainrank.datasets.near_duplicates import equal_images, look, near_duplicates
from brainrank.datasets.package.stimulus_table import read_table


class Grouped(NamedTuple):
    """How many images of a table are in how many groups of more than one."""

    file: str
    images: int
    groups: int


def group_near_duplicates(folder: Path, file: str, reporter: Reporter) -> Grouped:
    """Put equal images and near-duplicates into one group each, in the column `group` of a table.

    Groups that are there stay, and become one where near-duplicates join them; images that are alike by way of a third
    are in one group. Raises InvalidDataError when the table has faults or an image cannot be read.
    """
    table, faults = read_table(folder, file)
    if faults:
        raise InvalidDataError(f"{folder / file} has faults, such as: {faults[0]}; mend them first")
    seen = []
    for number, row in enumerate(table.rows, start=1):
        seen.append(look(read_image(folder / row.file)))
        reporter.progress(f"images of {file}", number, len(table.rows))
    pairs = near_duplicates(np.stack([each.thumbnail for each in seen]))
    together = [*equal_images([each.pixels for each in seen]), *([pair.first, pair.second] for pair in pairs)]
    ids = [row.stimulus_id for row in table.rows]
    group_of = join_groups(table.group_of, [[ids[place] for place in places] for places in together])
    _write(folder / file, [group_of.get(each, "") for each in ids])
    sizes = [size for size in Counter(group_of.values()).values() if size > 1]
    return Grouped(file, sum(sizes), len(sizes))


def _write(path: Path, groups: list[str]) -> None:
    """Write the column, and leave everything else of the table as it is."""
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.reader(opened) if any(cell.strip() for cell in row)]
    names = [name.strip().lower() for name in rows[0]]
    place = names.index("group") if "group" in names else len(names)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row, group in zip(rows, [rows[0][place] if place < len(names) else "group", *groups], strict=True):
        writer.writerow([*row[:place], group, *row[place + 1 :]])
    with written_whole(path) as file:
        file.write(written.getvalue().encode())
