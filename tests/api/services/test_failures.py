"""Which faults can pass."""

import requests

from brainrank.api.services.failures import can_pass
from brainrank.benchmark.types.errors import DataUnavailableError


def unreachable(status: int | None) -> DataUnavailableError:
    """As brainrank.benchmark.downloads raises it, one error from another."""
    cause: requests.RequestException = requests.ConnectionError()
    if status is not None:
        answer = requests.Response()
        answer.status_code = status
        cause = requests.HTTPError(response=answer)
    middle = RuntimeError()
    middle.__cause__ = cause
    error = DataUnavailableError("could not be reached")
    error.__cause__ = middle
    return error


def test_only_what_can_pass_passes() -> None:
    assert [can_pass(unreachable(status)) for status in (None, 503, 429, 404)] == [True, True, True, False]
    assert can_pass(MemoryError())
    assert not can_pass(ZeroDivisionError())
