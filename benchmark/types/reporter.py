"""Reporter: where long work says what it is doing."""

from typing import NamedTuple, Protocol, runtime_checkable


class Holder(NamedTuple):
    """A process that computes something, and the host it runs on; None is what it did not say."""

    host: str | None
    process: int | None


@runtime_checkable
class Reporter(Protocol):
    """Receives messages for people and progress in counts; the science never prints."""

    def message(self, text: str) -> None:
        """Say something worth reading once."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` steps of `stage` are finished."""

    def waiting(self, holder: Holder) -> None:
        """Say that another process computes what is wanted: several times a second while it does.

        What this raises ends the wait.
        """


class Silent:
    """A reporter that keeps quiet."""

    def message(self, text: str) -> None:
        """Drop the message."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Drop the count."""

    def waiting(self, holder: Holder) -> None:
        """Wait."""
