"""Faults of a package: each with its file and line, all of them told together."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.types.errors import InvalidDataError

MOST_SHOWN = 20


class Fault(NamedTuple):
    """What is wrong, in which file of the package, and on which line where it has lines."""

    file: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f', line {self.line}'}: {self.text}"


class InvalidPackageError(InvalidDataError):
    """A package with faults; the message has the first of them, `faults` all."""

    def __init__(self, folder: Path, faults: Sequence[Fault]) -> None:
        more = len(faults) - MOST_SHOWN
        lines = [f"{folder} has {count_text(len(faults), 'fault')}:", *(f"  {fault}" for fault in faults[:MOST_SHOWN])]
        if more > 0:
            lines.append(f"  and {more} more; see them all with: brainrank dataset validate {folder}")
        super().__init__("\n".join(lines))
        self.faults = tuple(faults)


def of_file(file: str, folder: Path, error: InvalidDataError) -> Fault:
    """A reader's complaint, which names the file by its whole path: not at all where it begins with it."""
    text = str(error).removeprefix(str(folder / file)).lstrip(" ,:")
    return Fault(file, text.replace(str(folder / file), file))


def count_text(count: int, noun: str) -> str:
    """A count with its noun, such as `1 fault` and `2 faults`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def first_few(names: Iterable[str]) -> str:
    """The first three of some names, and how many more there are."""
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
