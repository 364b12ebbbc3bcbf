"""Published scores: numbers that others computed and published, with their source.

They are read and shown as they are. None of them enters a board, a mean or a place of brainrank: what was measured,
how a layer was chosen and what was divided by the noise ceiling are others' choices. Why:
docs/decisions/published-scores.md.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from brainrank.benchmark.files.downloads import fetch, locate, sha256_of
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter


class PublishedModel(NamedTuple):
    """What a table says of a model: a network, or a state of it during training; empty, None or NaN where it does not.

    `parameters` and `samples_seen` are counts, and a run over training has the same name at several `samples_seen`.
    """

    name: str
    architecture: str = ""
    family: str = ""
    training_data: str = ""
    objective: str = ""
    seed: int | None = None
    parameters: float = math.nan
    samples_seen: float = math.nan

    @property
    def key(self) -> tuple[str, float | None]:
        """What tells it from others: NaN is not equal to itself."""
        return self.name, None if math.isnan(self.samples_seen) else self.samples_seen


@dataclass(frozen=True)
class PublishedScore:
    """A number of a published table; NaN where the table has a row and no number. `source` says where it stands."""

    model: PublishedModel
    benchmark: str
    score: float
    source: str


class PublishedLine(NamedTuple):
    """A model of a table, with its scores by benchmark."""

    model: PublishedModel
    scores: Mapping[str, float]


class Recordings(NamedTuple):
    """The study and region of this catalogue that holds the same recordings."""

    dataset: str
    region: str


@dataclass(frozen=True)
class Publication:
    """A published table: its card, how its file is read, and what one must know to read its numbers.

    `columns` says what each column of the file is that is read; `meaning` what a score is; `cautions` what the table
    does not say, or says wrongly; `same_recordings` which of its benchmarks measure what one of ours does, and
    `differs` why the two numbers differ.
    """

    card: DatasetCard
    read: Callable[[Path], tuple[PublishedScore, ...]]
    columns: Mapping[str, str]
    meaning: str
    cautions: Sequence[str] = ()
    same_recordings: Mapping[str, Recordings] = field(default_factory=dict)
    differs: str = ""

    def load(self, locations: Locations, reporter: Reporter) -> tuple[PublishedScore, ...]:
        """Its scores, fetched if need be. Raises DataUnavailableError, and StorageError where nothing can be written.

        InvalidDataError for a file that is not the table it says it is.
        """
        return self.read(fetch(self.card.files[0], locations, reporter=reporter))

    def is_here(self, locations: Locations) -> bool:
        """Whether its file lies on this machine, whole."""
        path = locate(self.card.files[0], locations)
        return path is not None and sha256_of(path) == self.card.files[0].sha256


def lines_of(scores: Iterable[PublishedScore]) -> tuple[PublishedLine, ...]:
    """Return a line for each model, in the order in which they come.

    Raises InvalidDataError where a model has two scores on a benchmark: which of them counts is not ours to choose.
    """
    found: dict[tuple[str, float | None], PublishedLine] = {}
    for each in scores:
        line = found.setdefault(each.model.key, PublishedLine(each.model, {}))
        if each.benchmark in line.scores:
            raise InvalidDataError(
                f"{each.source} has two scores of {each.model.name} on {each.benchmark}; a model has one score on a "
                "benchmark: give states of one run their samples_seen, or rows of two models two names"
            )
        found[each.model.key] = PublishedLine(line.model, {**line.scores, each.benchmark: each.score})
    return tuple(found.values())


def benchmarks_of(lines: Iterable[PublishedLine]) -> tuple[str, ...]:
    """Return the benchmarks of a table, in the order in which they come."""
    return tuple(dict.fromkeys(name for line in lines for name in line.scores))
