"""Columns of a package's tables that nothing reads: told, since whoever wrote them expects something of them."""

import csv
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.faults import Fault, count_text
from brainrank.datasets.package.package import Parts
from brainrank.datasets.package.stimulus_table import OWN
from brainrank.datasets.readers.tables import check_table
from brainrank.datasets.readers.trial_columns import COLUMNS, is_unused

TARGET_COLUMNS = ("target_id",)


def unread_columns(folder: Path, parts: Parts) -> list[Fault]:
    """A line about each table of stimuli or targets that has columns beyond those that are read."""
    tables: dict[str, Collection[str]] = dict.fromkeys(parts.tables, OWN)
    tables |= {region.targets: TARGET_COLUMNS for region in parts.description.regions if region.targets}
    trials = dict.fromkeys(region.trials for region in parts.description.regions if region.trials)
    return [
        *(
            fault
            for file, known in tables.items()
            for fault in _unread_faults(
                file, [name for name in _headings(folder / file) if name.lower() not in known], known
            )
        ),
        *(
            fault
            for file in trials
            # Other columns that nobody reads are faults, which the reader of trials tells.
            for fault in _unread_faults(file, [name for name in _headings(folder / file) if is_unused(name)], COLUMNS)
        ),
    ]


def _unread_faults(file: str, further: Sequence[str], known: Collection[str]) -> Iterator[Fault]:
    if not further:
        return
    near = {name: get_close_matches(name.lower(), known, n=1, cutoff=0.7) for name in further}
    named = ", ".join(f"{name} (is {close[0]} meant?)" if (close := near[name]) else name for name in further)
    verb = "is" if len(further) == 1 else "are"
    rule = f"what is read is {', '.join(known)}"
    yield Fault(file, f"{count_text(len(further), 'column')} {verb} kept and not read: {named}; {rule}", 1)


def _headings(path: Path) -> list[str]:
    """The headings of a table, none where it cannot be read: its own reader says so."""
    try:
        check_table(path)
        with path.open(encoding="utf-8-sig", newline="") as opened:
            return [name.strip() for name in next(csv.reader(opened), [])]
    except (OSError, UnicodeDecodeError, csv.Error, InvalidDataError):
        return []
