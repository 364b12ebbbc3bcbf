"""Everything that can be wrong with a package, and what its maker should know of it, told at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.images import UNREADABLE, decode, why_unreadable
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.groups import join_groups
from brainrank.datasets.near_duplicates import Seen, look
from brainrank.datasets.package.copies import all_the_same, equal_rows, equal_text, near_pairs, near_text, one_group
from brainrank.datasets.package.faults import Fault, count_text, first_few
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.package import read_parts
from brainrank.datasets.package.remarks import constant_targets, image_remarks, kind_of
from brainrank.datasets.package.stimulus_table import Row, StimulusTable, count_groups
from brainrank.datasets.package.unread import unread_columns


class Looked(NamedTuple):
    """The images of a table: what is wrong with them, those that can be read, which are equal, and the groups.

    `kinds` tells of each file that can be read what is to be known of it (`remarks.kind_of`).
    """

    faults: tuple[Fault, ...]
    readable: StimulusTable
    seen: tuple[Seen, ...]
    equal: Sequence[Sequence[Row]]
    group_of: Mapping[str, str]
    kinds: Mapping[str, str | None]


class FromFile(NamedTuple):
    """What was measured, and the file of the package it was read from."""

    file: str
    assembly: Assembly


class Checked(NamedTuple):
    """What is wrong with a folder; by region how many groups its stimuli make and what it measured; and its images."""

    faults: tuple[Fault, ...]
    groups: Mapping[str, int]
    assemblies: Mapping[str, FromFile]
    looked: Mapping[str, Looked]
    unread: Sequence[Fault]

    def warnings(self) -> tuple[Fault, ...]:
        """What is odd but allowed; every image is compared with every other for it."""
        of_images = [fault for each in self.looked.values() for fault in image_warnings(each)]
        constant = [each for file, assembly in self.assemblies.values() for each in constant_targets(file, assembly)]
        return tuple(dict.fromkeys([*of_images, *constant, *self.unread]))


def check_folder(folder: Path, reporter: Reporter) -> Checked:
    """Check a folder's description, tables, images and measurements, in that order."""
    parts = read_parts(folder)
    looked = {file: _look(folder, table, reporter) for file, table in parts.tables.items()}
    faults = [*parts.faults, *(fault for each in looked.values() for fault in each.faults)]
    groups, assemblies = dict[str, int](), dict[str, FromFile]()
    for region in parts.description.regions:
        table = parts.tables[region.stimuli]
        if not table.rows:
            continue  # measurements of stimuli that cannot be read: no fault of theirs
        group_of = looked[region.stimuli].group_of
        assembly, found = read_measured(folder, region, table, group_of)
        faults.extend(found)
        if assembly is not None:
            assemblies[region.name] = FromFile(region.files[1], assembly)
        if table.test:
            groups[region.name] = count_groups(table, group_of)
    return Checked(tuple(dict.fromkeys(faults)), groups, assemblies, looked, unread_columns(folder, parts))


def _look(folder: Path, table: StimulusTable, reporter: Reporter) -> Looked:
    """Look at the images of a table that are there: its own reader tells of the others."""
    there = StimulusTable(table.file, tuple(row for row in table.rows if (folder / row.file).is_file()))
    return look_at(there, lambda row: folder / row.file, reporter)


def look_at(table: StimulusTable, path_of: Callable[[Row], Path], reporter: Reporter) -> Looked:
    """Look at every image of a table. Those that cannot be read are left out of what is said of the others."""
    seen: dict[int, Seen] = {}
    kinds: dict[str, str | None] = {}
    faults = []
    for number, row in enumerate(table.rows, start=1):
        try:
            image = decode(path_of(row))
        except UNREADABLE as error:
            text = f"file '{row.file}' cannot be read as an image: {why_unreadable(error)}"
            faults.append(Fault(table.file, text, row.line))
        else:
            seen[number - 1] = look(image)
            kinds[row.file] = kind_of(path_of(row))
        reporter.progress(f"images of {table.file}", number, len(table.rows))
    readable = StimulusTable(table.file, tuple(table.rows[place] for place in seen))
    pixels = [each.pixels for each in seen.values()]
    same = all_the_same(readable, pixels)
    equal = equal_rows(readable, pixels)
    group_of = join_groups(table.group_of, [[row.stimulus_id for row in rows] for rows in equal])
    return Looked((*faults, *((same,) if same else ())), readable, tuple(seen.values()), equal, group_of, kinds)


def image_warnings(looked: Looked) -> Iterator[Fault]:
    """What is odd about the images that can be read; nothing where all are the same, which is a fault."""
    _, table, seen, equal, group_of, kinds = looked
    yield from image_remarks(table, kinds)
    if len({each.pixels for each in seen}) < 2:
        return
    blank = [row for row, each in zip(table.rows, seen, strict=True) if each.blank]
    if blank:
        named = first_few(row.file for row in blank)
        text = f"{count_text(len(blank), 'image')} of one colour throughout: {named}; is this what people saw?"
        yield Fault(table.file, text, blank[0].line)
    apart = [rows for rows in equal if not one_group(rows)]
    if apart:
        yield Fault(table.file, equal_text(apart), apart[0][-1].line)
    ids = [row.stimulus_id for row in table.rows]
    pairs = near_pairs(np.stack([each.thumbnail for each in seen]), [group_of.get(each, each) for each in ids])
    if pairs:
        yield Fault(table.file, near_text(pairs, ids), table.rows[pairs[0].second].line)
