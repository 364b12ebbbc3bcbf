"""Labels of measured stimuli against the table: by id, or by file, and never passed over."""

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.datasets.package.faults import first_few
from brainrank.datasets.package.stimulus_table import Row
from brainrank.datasets.readers.axes import NAMES

USUAL = (
    *NAMES["stimuli"], "stimulus_ids", "image_ids", "stimulus_name", "image_name", "imagename", "file", "files",
    "filename", "filenames", "file_name", "path", "image_file_name", "name", "names", "id", "ids",
)  # fmt: skip
"""Names under which files tell which stimulus is which."""


class Labels(NamedTuple):
    """Labels along one axis, under the name that the file gives them; `words` where they are not numbers."""

    name: str
    values: tuple[str, ...]
    words: bool


class Labelled(NamedTuple):
    """An array with its axes by name, and what the file says along those of stimuli, targets and times."""

    values: NDArray[np.generic]
    axes: tuple[str, ...]
    stimuli: tuple[Labels, ...] = ()
    targets: tuple[Labels, ...] = ()
    times_ms: tuple[float, ...] | None = None


class Matched(NamedTuple):
    """The row of the table for each measured stimulus, None where nothing tells it; or what is wrong."""

    rows: tuple[int, ...] | None
    faults: tuple[str, ...] = ()


def match(labels: Sequence[Labels], rows: Sequence[Row]) -> Matched:
    """Find the row of each measured stimulus by its labels.

    Labels are ids, files, names of files, or such names without ending: all of one kind. Several that match must agree.
    Whole numbers that count from 0 or 1 and are nobody's ids say nothing. Labels under a usual name, or words that
    differ from each other, are refused when they do not match; others are attributes.
    """
    known = [(each.name, found) for each in labels if (found := _places(each.values, rows)) is not None]
    if len({found for _, found in known}) > 1:
        return Matched(None, (f"{' and '.join(name for name, _ in known)} name different stimuli; keep one of them",))
    if known:
        return Matched(known[0][1])
    unknown = [each for each in labels if _meant(each)]
    return Matched(None, tuple(_mismatch_text(each, rows) for each in unknown))


def _places(values: Sequence[str], rows: Sequence[Row]) -> tuple[int, ...] | None:
    for place_of in _schemes(rows):
        if all(value in place_of for value in values):
            return tuple(place_of[value] for value in values)
    return None


def ids_of_names(names: Collection[str], rows: Sequence[Row]) -> dict[str, str]:
    """The id of each stimulus by the names that trials give it: ids, files, names of files, or those without ending.

    A path before a name, as experiments on the web write it, counts where the whole is nothing in the table. Nothing,
    where the names are not all of one kind.
    """
    for place_of in _schemes(rows):
        for shorten in (str, lambda name: PurePosixPath(name).name):
            if all(shorten(name) in place_of for name in names):
                return {name: rows[place_of[shorten(name)]].stimulus_id for name in names}
    return {}


def _schemes(rows: Sequence[Row]) -> list[dict[str, int]]:
    """What each row may be called; a way in which two rows would have the same name is left out."""
    ways = (
        [row.stimulus_id for row in rows],
        [row.file for row in rows],
        [PurePosixPath(row.file).name for row in rows],
        [PurePosixPath(row.file).stem for row in rows],
    )
    return [{name: place for place, name in enumerate(names)} for names in ways if len(set(names)) == len(names)]


def _meant(labels: Labels) -> bool:
    if labels.values in (_count(0, len(labels.values)), _count(1, len(labels.values))):
        return False
    return labels.name.lower() in USUAL or (labels.words and len(set(labels.values)) == len(labels.values))


def _count(start: int, length: int) -> tuple[str, ...]:
    return tuple(map(str, range(start, start + length)))


def _mismatch_text(labels: Labels, rows: Sequence[Row]) -> str:
    listed = {row.stimulus_id for row in rows}
    unknown = [value for value in dict.fromkeys(labels.values) if value not in listed]
    measured = set(labels.values)
    lacking = [row.stimulus_id for row in rows if row.stimulus_id not in measured]
    return (
        f"its {labels.name} are no stimulus_id and no file of the table: {first_few(unknown)}"
        + (f" (the table has {first_few(lacking)})" if lacking else "")
        + "; write the labels as the table does, or leave them out"
    )
