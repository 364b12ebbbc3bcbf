"""The description of a package written, or added to, and what was measured checked against its images."""

from collections.abc import Sequence
from pathlib import Path

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.description import DESCRIPTION, read_description
from brainrank.datasets.package.faults import InvalidPackageError
from brainrank.datasets.package.file_names import plain_name
from brainrank.datasets.package.measurements import read_measured
from brainrank.datasets.package.stimulus_table import StimulusTable
from brainrank.datasets.package.template import Block, description_text

MOST_TOLD = 5


def describe(folder: Path, blocks: Sequence[Block], *, stimuli: int, visual_degrees: float | None, there: bool) -> None:
    """Write a description, or add to the one that is there, which has to be in order."""
    twice = sorted({each.region for each in blocks if [b.region for b in blocks].count(each.region) > 1})
    if there:
        known, faults = read_description(folder)
        if faults:
            raise InvalidPackageError(folder, faults)
        twice += [each.region for each in blocks if each.region in {region.name for region in known.regions}]
    if twice:
        raise InvalidDataError(f"There is a region {twice[0]} already; give this one another name: NAME=FILE")
    if there:
        before = (folder / DESCRIPTION).read_text(encoding="utf-8-sig").rstrip("\n")
        write_text(folder / DESCRIPTION, "\n".join([f"{before}\n", *(each.text() for each in blocks)]))
        return
    title = folder.absolute().name
    try:
        name = plain_name(title)
    except InvalidDataError:
        name = "my-data"
    write_text(folder / DESCRIPTION, description_text(name, title, stimuli, visual_degrees, blocks))


def check_measured(folder: Path, regions: Sequence[str], listed: StimulusTable) -> None:
    """Raise InvalidDataError for measurements that do not fit the stimuli."""
    described, wrong = read_description(folder)
    faults = [] if set(regions) <= {each.name for each in described.regions} else list(wrong)
    for files in described.regions:
        if files.name in regions:
            faults += read_measured(folder, files, listed, listed.group_of).faults
    if faults:
        lines = [str(fault) for fault in faults[:MOST_TOLD]]
        lines += [f"and {len(faults) - MOST_TOLD} more"] if len(faults) > MOST_TOLD else []
        told = "\n  ".join(lines)
        raise InvalidDataError(f"The measurements do not fit the images of {folder}; nothing was written:\n  {told}")


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    with written_whole(path) as file:
        file.write(text.encode())
