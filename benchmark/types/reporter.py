"""Reporter: where long work says what it is doing."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Reporter(Protocol):
    """Receives messages for people and progress in counts; the science never prints."""

    def message(self, text: str) -> None:
        """Say something worth reading once."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` steps of `stage` are finished."""


class Silent:
    """A reporter that keeps quiet."""

    def message(self, text: str) -> None:
        """Drop the message."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Drop the count."""
