"""Published scores for readers: others' tables, found, filtered and sorted; never beside a place or a mean of ours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.datasets.published.catalogue import publication
from brainrank.datasets.published.scores import Publication, PublishedLine, PublishedModel, lines_of
from brainrank.datasets.published.table_files import read_scores

TABLES_KEPT = 8


class Wanted(NamedTuple):
    """Which lines: words in what is told of a model, a family, an objective; and the benchmark they are sorted by."""

    text: str = ""
    family: str = ""
    objective: str = ""
    benchmark: str = ""


@dataclass(frozen=True)
class Axis:
    """What a score can be drawn against: a count that a table tells of its models."""

    key: str
    label: str

    def of(self, model: PublishedModel) -> float:
        """Its value; NaN where the table does not tell."""
        return model.parameters if self.key == "parameters" else model.samples_seen


AXES = {each.key: each for each in (Axis("samples_seen", "images seen in training"), Axis("parameters", "parameters"))}


def find_publication(name: str) -> Publication:
    """The published table of that name. Raises NotFoundError with the nearest names."""
    try:
        return publication(name)
    except UnknownNameError as error:
        raise NotFoundError(str(error)) from error


def published_lines(name: str, locations: Locations) -> tuple[PublishedLine, ...]:
    """A table's lines; none while its file is not on this machine: nothing is fetched because somebody looks.

    Raises NotFoundError, with the nearest names, where there is no such table.
    """
    try:
        return _read(name, locations)
    except _NotHereError:
        return ()


class LoadedTable(NamedTuple):
    """A published table: what is known of it, None for a file of one's own, and its lines."""

    publication: Publication | None
    lines: tuple[PublishedLine, ...]


def load_table(name: str, locations: Locations, reporter: Reporter) -> LoadedTable:
    """A published table by its name, fetched if need be, or a CSV file by its path.

    Raises UnknownNameError, InvalidDataError for a file that is no such table, DataUnavailableError and StorageError.
    """
    if Path(name).suffix.lower() == ".csv":
        return LoadedTable(None, lines_of(read_scores(Path(name))))
    found = publication(name)
    return LoadedTable(found, lines_of(found.load(locations, reporter)))


def line_row(line: PublishedLine) -> dict[str, object]:
    """A line as a flat row: the model's name, what is told of it, then its scores."""
    told = line.model._asdict()
    return {"model": told.pop("name"), **told, **line.scores}


class _NotHereError(BrainrankError):
    """The file is not here; unlike an empty answer this is not remembered."""


@lru_cache(TABLES_KEPT)
def _read(name: str, locations: Locations) -> tuple[PublishedLine, ...]:
    found = find_publication(name)
    if not found.is_here(locations):
        raise _NotHereError(f"The file of {name} is not on this machine")
    return lines_of(found.load(locations, Silent()))


def select(lines: Sequence[PublishedLine], wanted: Wanted) -> list[PublishedLine]:
    """The lines that fit, highest score on a benchmark first, those without one last."""
    found = [
        each
        for each in lines
        if wanted.text.lower() in _words(each.model)
        and wanted.family in ("", each.model.family)
        and wanted.objective in ("", each.model.objective)
    ]
    if wanted.benchmark:
        found.sort(key=lambda each: _falling(each.scores.get(wanted.benchmark, math.nan)))
    return found


def _falling(score: float) -> float:
    return math.inf if math.isnan(score) else -score


def _words(model: PublishedModel) -> str:
    return f"{model.name} {model.architecture} {model.family} {model.training_data} {model.objective}".lower()
