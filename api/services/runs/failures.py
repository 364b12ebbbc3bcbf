"""Why a run failed: whether the fault can pass by itself, what its submitter is told of it, and what they can do."""

from collections.abc import Iterator

import requests
from sqlalchemy.exc import SQLAlchemyError

from brainrank.benchmark.cell.cell_errors import CellLimitError, CellLostError, ModelCrashError
from brainrank.benchmark.scoring.extracted_record import EvidenceGoneError
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import (
    DataUnavailableError,
    InvalidDataError,
    ModelLoadError,
    StorageError,
    UnknownNameError,
    UserError,
)
from brainrank.benchmark.types.text import without_places


class WorkersLostError(Exception):
    """Every worker that began the run was gone before its end."""


class TimeLimitError(Exception):
    """A run took longer than this service allows."""


_AGAIN = "Mend what the message says, and submit it again"
_FEWER_LAYERS = "Submit fewer or pooled layers, or ask whoever runs the service for a longer limit"
REMEDIES = {
    UserError.__name__: _AGAIN,
    UnknownNameError.__name__: _AGAIN,
    InvalidDataError.__name__: _AGAIN,
    ActivationsError.__name__: "The network puts out what cannot be scored on these images; mend its weights, its "
    "preprocessing or its layers as the message says, and submit it again",
    ModelLoadError.__name__: "Weights and architecture do not go together; submit weights that fit",
    DataUnavailableError.__name__: "A file could not be had; check that what you named exists and is public, or retry "
    "the submission once its source answers",
    StorageError.__name__: "The service's storage failed; retry the submission, and tell whoever runs it if it recurs",
    WorkersLostError.__name__: "The workers were ended from outside each time, which a model seldom causes; "
    "retry the submission, and tell whoever runs the service if it recurs",
    TimeLimitError.__name__: _FEWER_LAYERS,
    CellLimitError.__name__: "Submit a smaller model, or fewer or pooled layers: this one takes more than a model may "
    "have here, whenever it is tried",
    ModelCrashError.__name__: "The model ends the process it runs in; export it another way, or submit another",
    EvidenceGoneError.__name__: "The worker that scores has not the layers that another extracted; retry the "
    "submission, and tell whoever runs the service if it recurs",
    CellLostError.__name__: "The process of the model was ended from outside each time; retry the submission, and tell "
    "whoever runs the service if it recurs",
    "SoftTimeLimitExceeded": _FEWER_LAYERS,  # Celery's, for a run that did not look at the clock
    MemoryError.__name__: "It takes more memory than the workers have; submit fewer or pooled layers",
}
UNEXPECTED = "This is a fault of brainrank or of its machine, not of your submission; report it with the log"


# Of a database or a store it would say where that is; whoever runs the service finds it in the worker's log.
STORAGE_FAILED = "The service's storage did not answer or could not be written"


def kind_of(error: Exception) -> str:
    """The class by which a failure is known: the nearest that has a remedy, else its own."""
    return next((each.__name__ for each in type(error).__mro__ if each.__name__ in REMEDIES), type(error).__name__)


def message_of(error: Exception) -> str:
    """What a submitter is told of it: the message without paths and addresses of this machine."""
    return STORAGE_FAILED if isinstance(error, StorageError | SQLAlchemyError) else without_places(str(error))


def remedy(error_class: str) -> str:
    """What a submitter can do about a failure of this class."""
    return REMEDIES.get(error_class, UNEXPECTED)


def can_pass(error: Exception) -> bool:
    """Whether the same run may succeed later: the network, the storage or the memory failed, not the submission."""
    if isinstance(error, DataUnavailableError):
        return any(isinstance(cause, OSError) and _passes(cause) for cause in _causes(error))
    return isinstance(error, StorageError | MemoryError | CellLostError | EvidenceGoneError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _passes(error: OSError) -> bool:
    """Not an answer that will stay the same: of those of a server, only `busy` and its own faults pass."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code == requests.codes.too_many_requests or error.response.status_code >= 500
    return True
