"""The machine as its user has it: the database of their home, and what runs are made with."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import MappingProxyType

import fsspec
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from brainrank.api.db.engine import transaction
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.session import OpenSession
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.resolved import ResolvedModel


@contextmanager
def own_database(settings: Settings) -> Iterator[OpenSession]:
    """Transactions on the database of this home, opened by the first; its connections are closed at the end.

    Transactions raise as `open_own_database`.
    """
    opened: list[Engine] = []

    def begin() -> AbstractContextManager[Session]:
        if not opened:
            opened.append(open_own_database(settings))
        return transaction(opened[0])

    try:
        yield begin
    finally:
        for engine in opened:
            engine.dispose()


@contextmanager
def open_machine(
    settings: Settings,
    catalogue: Catalogue,
    *,
    device: str = "auto",
    memory: str | None = None,
    precision: str | None = None,
    isolated: bool = False,
    live: Mapping[str, ResolvedModel] = MappingProxyType({}),
    passing: Collection[str] = (),
) -> Iterator[Machine]:
    """What runs on this catalogue are made with; `isolated` puts models into a cell, which is closed at the end.

    `live` are networks in memory, by their models' names; of the models named in `passing` nothing is stored. Raises
    InvalidDataError for a `memory` that is no size.
    """
    extraction = settings.extraction(memory=memory, precision=precision)
    with ExitStack() as stack:
        begin = stack.enter_context(own_database(settings))
        cell = settings.cell(device=device) if isolated else None
        if cell is not None:
            stack.callback(cell.close)
        store = stack.enter_context(_store_in_memory()) if passing else None
        yield Machine(
            catalogue,
            begin,
            settings.locations,
            device,
            extraction,
            cell,
            resolve=partial(_resolve, live=live),
            passing=passing,
            passing_store=store,
        )


@contextmanager
def _store_in_memory() -> Iterator[str]:
    """The address of a store of activations that is gone at the end."""
    files, folder = fsspec.filesystem("memory"), f"/brainrank-{secrets.token_hex(8)}"
    try:
        yield f"memory:/{folder}"
    finally:
        if files.exists(folder):
            files.rm(folder, recursive=True)


def _resolve(
    spec: ModelSpec, locations: Locations, reporter: Reporter, *, live: Mapping[str, ResolvedModel]
) -> ResolvedModel:
    return live[spec.name] if spec.name in live else resolve(spec, locations, reporter)
