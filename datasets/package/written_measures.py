"""RDMs, trials and triplets of any file that is read, as the package keeps them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.faults import count_text
from brainrank.datasets.package.response_files import copy_file, require_another
from brainrank.datasets.readers.rdm_files import read_rdm_file
from brainrank.datasets.readers.trial_columns import COLUMNS, is_unused, read_columns
from brainrank.datasets.readers.triplets import read_triplets

TABLES = (".csv", ".tsv", ".txt")


class WrittenRdms(NamedTuple):
    """What was written, in words, and the times it is of, if any."""

    told: str
    times_ms: tuple[float, ...] | None


def write_rdms(
    source: Path, target: Path, stimuli: int, variable: str | None, times_ms: Sequence[float] | None = None
) -> WrittenRdms:
    """Write the RDMs of a file, and say what they are. Raises InvalidDataError where they are of other stimuli."""
    found = read_rdm_file(source, variable, times_ms)
    if len(found.stimulus_ids) != stimuli:
        raise InvalidDataError(
            f"{source} is of {len(found.stimulus_ids)} stimuli, and there are {stimuli} images that are not for "
            "training; give RDMs of these"
        )
    if source.suffix.lower() == ".npz" and variable is None:
        copy_file(source, target)
    else:
        require_another(source, target)
        arrays = {"rdms": found.rdms, "subjects": np.array(found.subjects)}
        if found.named:
            arrays["stimulus_ids"] = np.array(found.stimulus_ids)
        if found.times_ms is not None:
            arrays["times_ms"] = np.array(found.times_ms)
        with written_whole(target) as file:
            np.savez(file, allow_pickle=False, **arrays)
    order = "matched with the images by its stimulus_ids" if found.named else "in the order of the images"
    times = "" if found.times_ms is None else f", {len(found.times_ms)} times"
    told = f"{target.name}: {count_text(len(found.subjects), 'subject')}{times}, {stimuli} stimuli, {order}"
    return WrittenRdms(told, found.times_ms)


def write_trials(source: Path, target: Path, columns: Mapping[str, str] | None) -> str:
    """Write the trials of a table, and say how many: as they are where all columns are known, else those columns.

    A table that lies in the package stays as it is. Raises InvalidDataError where `columns` would have it rewritten.
    """
    if source.suffix.lower() not in TABLES:
        raise InvalidDataError(f"{source} is no table of trials ({', '.join(TABLES)}); save it as one")
    table = read_columns(source, columns)
    with source.open(encoding="utf-8-sig") as opened:
        headings = [heading.strip().lower() for heading in opened.readline().split(",")]
    known = {heading for each in COLUMNS.values() for heading in each}
    lies_there = target.exists() and target.samefile(source)
    if columns is None and (lies_there or all(each in known for each in headings)):
        copy_file(source, target)
    else:
        require_another(source, target)
        used = [name for name in COLUMNS if (table[name] != "").any()]
        with written_whole(target) as file:
            file.write(table[used].to_csv(index=False, lineterminator="\n").encode())
    observers = count_text(int(table["observer"].nunique()), "observer")
    left_out = sorted(each for each in headings if is_unused(each))
    more = f", without {', '.join(left_out)}" if left_out else ""
    return f"{target.name}: {count_text(len(table), 'trial')} of {observers}{more}"


def copy_triplets(source: Path, target: Path) -> str:
    """Copy a table of odd-one-out judgements; return a line about it. Raises InvalidDataError as `read_triplets`."""
    found = read_triplets(source)
    copy_file(source, target)
    judges = "" if found.subjects is None else f" of {count_text(len(set(found.subjects)), 'subject')}"
    return f"{target.name}: {count_text(len(found.rows) + len(found.faults), 'triplet')}{judges}"
