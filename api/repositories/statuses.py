"""The life of a run: waiting, at work in one of three stages, or finished in one of three ways."""

from enum import StrEnum


class Status(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RESOLVING = "resolving"
    EXTRACTING = "extracting"
    SCORING = "scoring"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


WORKING = (Status.RESOLVING, Status.EXTRACTING, Status.SCORING)
# At work, and what it extracts is not there yet.
EXTRACTING = (Status.RESOLVING, Status.EXTRACTING)
FINISHED = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)
