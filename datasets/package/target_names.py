"""The names of targets: those of a list, of the responses themselves, or numbers."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.package.description import RegionFiles
from brainrank.datasets.package.faults import Fault, of_file
from brainrank.datasets.package.matching import Labelled, Labels
from brainrank.datasets.readers.axes import axis_called
from brainrank.datasets.readers.tables import check_table


class TargetNames(NamedTuple):
    """The names of the targets, in order, and what is wrong with them."""

    names: tuple[str, ...]
    faults: Sequence[Fault] = ()


def target_names(folder: Path, region: RegionFiles, found: Labelled) -> TargetNames:
    """The names of the targets: those of `targets`, of the file itself, or numbers; of two that differ, a fault."""
    if region.targets is None:
        return own_target_names(found)
    try:
        if not (folder / region.targets).is_file():
            return TargetNames((), [Fault(region.targets, "missing")])
        check_table(folder / region.targets)
        with (folder / region.targets).open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            names = [(reader.line_num, (row.get("target_id") or "").strip()) for row in reader]
    except InvalidDataError as error:
        return TargetNames((), [of_file(region.targets, folder, error)])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return TargetNames((), [Fault(region.targets, f"not readable as CSV: {error}")])
    if "target_id" not in [heading.strip() for heading in reader.fieldnames or ()]:
        headings = ", ".join(reader.fieldnames or ())
        return TargetNames((), [Fault(region.targets, f"no column target_id; there are {headings}", 1)])
    return checked_target_names(found, names, file=region.targets, responses=str(region.responses))


def own_target_names(found: Labelled) -> TargetNames:
    """The names that responses have of their own, or else numbers."""
    count = found.values.shape[found.axes.index("targets")]
    width = len(str(count))
    own = _own_names(found.targets)
    return TargetNames(own or tuple(f"target-{number:0{width}d}" for number in range(1, count + 1)))


def checked_target_names(
    found: Labelled, names: Sequence[tuple[int, str]], *, file: str, responses: str
) -> TargetNames:
    """Names, each with its line in a list of targets, held against the responses: one each, all different."""
    count, own = found.values.shape[found.axes.index("targets")], _own_names(found.targets)
    faults = []
    seen: dict[str, int] = {}
    for line, name in names:
        if not name:
            faults.append(Fault(file, "no target_id", line))
        elif name in seen:
            faults.append(Fault(file, f"target_id '{name}' is that of line {seen[name]}, too", line))
        seen.setdefault(name, line)
    if len(names) != count:
        faults.append(Fault(file, f"lists {len(names)} targets; {responses} has {count}"))
    elif own and own != tuple(name for _, name in names):
        place = next(place for place, (_, name) in enumerate(names) if name != own[place])
        text = f"target_id '{names[place][1]}' is {own[place]} in {responses}; keep one of the two lists"
        faults.append(Fault(file, text, names[place][0]))
    return TargetNames(tuple(name for _, name in names), faults)


def _own_names(labels: Sequence[Labels]) -> tuple[str, ...]:
    """The labels of the targets under a usual name, or else the first that are words which differ."""
    differing = [each for each in labels if len(set(each.values)) == len(each.values)]
    usual = [each for each in differing if axis_called(each.name) == "targets"]
    words = [each for each in differing if each.words]
    return next((each.values for each in (*usual, *words)), ())
