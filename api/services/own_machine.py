"""The machine as its user has it: the database of their home, and what runs are made with."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.begin import Begin
from brainrank.api.services.scoring import Machine
from brainrank.api.settings import Settings
from brainrank.benchmark.catalogue import Catalogue


@contextmanager
def own_database(settings: Settings) -> Iterator[Begin]:
    """Transactions on the database of this home; at the end its connections are closed. Errors as `open_database`."""
    engine = open_database(settings.effective_database_url)
    try:
        yield partial(transaction, engine)
    finally:
        engine.dispose()


@contextmanager
def open_machine(
    settings: Settings,
    catalogue: Catalogue,
    *,
    device: str = "auto",
    memory: str | None = None,
    precision: str = "float32",
    isolated: bool = False,
) -> Iterator[Machine]:
    """What runs on this catalogue are made with; `isolated` puts models into a cell, which is closed at the end.

    Raises InvalidDataError for a `memory` that is no size, and as `open_database`.
    """
    extraction = settings.extraction(memory=memory, precision=precision)
    with ExitStack() as stack:
        begin = stack.enter_context(own_database(settings))
        cell = settings.cell(device=device) if isolated else None
        if cell is not None:
            stack.callback(cell.close)
        yield Machine(catalogue, begin, settings.locations, device, extraction, cell)
