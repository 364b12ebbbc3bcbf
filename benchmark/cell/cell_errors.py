"""How a model in a cell can fail, apart from what it says itself; none of it is a fault of the worker."""

from brainrank.benchmark.types.errors import BrainrankError


class CellLimitError(BrainrankError):
    """A model took more than one may have here; trying again would take as much."""


class ModelCrashError(BrainrankError):
    """A model ended the process it ran in."""


class CellLostError(BrainrankError):
    """The process that a model ran in was ended from outside; nothing is known against the model."""


class CellFaultError(Exception):
    """An error nobody foresaw, met while a model ran in its cell; its own traceback is the cause."""


class CellTracebackError(Exception):
    """The traceback of an error in a cell, as text."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
