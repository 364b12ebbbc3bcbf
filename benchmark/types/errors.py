"""What can go wrong, by who can mend it.

Every message gives the value, the rule and the remedy. A `UserError` is the caller's to mend (exit code 2, problem+json
4xx); every other `BrainrankError` is the machine's or the upstream's (exit code 1, 5xx).
"""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar


def first_line(error: BaseException) -> str:
    """What a library's error says, in a line; its kind where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class BrainrankError(Exception):
    """Something failed that retrying the same call may or may not mend; the message says what to do."""


class UserError(BrainrankError):
    """The caller asked for something that cannot be; the message says what can."""


class UnknownNameError(UserError):
    """A name that is not in its catalogue, with the nearest names that are."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, remedy: str = "") -> None:
        choices = sorted(known)
        near = get_close_matches(name, choices, n=3, cutoff=0.5) or [known for known in choices if name in known][:3]
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif choices:
            hint = f"choose from {', '.join(choices[:12])}{', ...' if len(choices) > 12 else ''}"
        else:
            hint = "there are none"
        super().__init__(f"Unknown {kind} '{name}': {hint}{' ' + remedy if remedy else ''}")
        self.name = name
        self.suggestions = tuple(near)


Name = TypeVar("Name", bound=StrEnum)


def choice(names: type[Name], name: str, kind: str) -> Name:
    """The member of an enumeration that a user named. Raises UnknownNameError, with the nearest, for another name."""
    try:
        return names(name)
    except ValueError:
        raise UnknownNameError(kind, name, [known.value for known in names]) from None


class InvalidDataError(UserError):
    """An array, table or file that breaks the rule stated in the message."""


class DataUnavailableError(BrainrankError):
    """A file that none of its sources could give; the message lists each attempt."""


class StorageError(BrainrankError):
    """A file that could not be written (disk full, no permission); nothing half-written is left."""


class ModelLoadError(BrainrankError):
    """A model that could not be built, or whose weights do not fit its architecture."""
