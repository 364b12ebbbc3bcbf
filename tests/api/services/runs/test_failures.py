"""Which faults can pass."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import requests

import brainrank.benchmark
import brainrank.datasets
import brainrank.models_zoo
from brainrank.api.services.runs.failures import REMEDIES, UNEXPECTED, can_pass, kind_of, remedy
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import BrainrankError, DataUnavailableError


def unreachable(status: int | None) -> DataUnavailableError:
    """As brainrank.benchmark.files.downloads raises it, one error from another."""
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


def every_kind(of: type[Exception]) -> Iterator[type[Exception]]:
    for each in of.__subclasses__():
        yield each
        yield from every_kind(each)


def test_every_error_of_the_science_has_a_remedy_of_its_own() -> None:
    for package in (brainrank.benchmark, brainrank.models_zoo, brainrank.datasets):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    kinds = [each for each in every_kind(BrainrankError) if each.__module__.startswith("brainrank.benchmark")]
    assert ActivationsError in kinds
    for kind in kinds:
        error = kind.__new__(kind)
        assert remedy(kind_of(error)) != UNEXPECTED, kind
        assert kind_of(error) in REMEDIES


def test_what_nobody_foresaw_is_a_fault_of_the_service() -> None:
    assert remedy(kind_of(ZeroDivisionError())) == UNEXPECTED
