"""Boards as JSON: how they are stored, sent and read; and models compared on them."""

import operator
from datetime import datetime

from pydantic import BaseModel, Field

from brainrank.api.score_json import CeilingJson, IntervalJson, Number


class BoardAnswer(BaseModel):
    """A board there is: `all`, a group, or a benchmark."""

    name: str
    benchmarks: int


class BoardsAnswer(BaseModel):
    """The boards, and the conventions they can be shown under.

    Unless one is asked for, boards of several benchmarks are shown under the first, those of one raw.
    """

    boards: list[BoardAnswer]
    conventions: list[str]


class BoardCell(BaseModel):
    """A model's score on a benchmark: under the convention, and raw; `reason` says why there is none.

    `origin` says who made it where that was not this service: `published` came with brainrank, else it is a file.
    """

    run: int
    value: Number
    interval: IntervalJson
    raw: Number
    raw_interval: IntervalJson
    reason: str = Field("", exclude_if=operator.not_)
    origin: str = Field("", exclude_if=operator.not_)

    @property
    def missing(self) -> str:
        """Why there is no score, or no interval of it; nothing where both are there."""
        return self.reason or self.raw_interval.reason


class BoardLine(BaseModel):
    """A model's place, anywhere from `rank` to `last_rank` among models not told apart.

    `mean` is the marginal mean over the board's counted benchmarks, of which the model has `coverage`; its line stands
    by the mean less `deduction`, which is above 0 where it lacks some. `not_ranked` says why it has no rank.
    """

    rank: int | None
    last_rank: int | None
    model: str
    family: str
    training_data: str
    objective: str
    mean: Number
    interval: IntervalJson
    coverage: int
    deduction: float
    not_ranked: str
    groups: dict[str, Number]
    scores: dict[str, BoardCell]


class BoardColumn(BaseModel):
    """A benchmark of a board, on which some model is scored; `not_counted` says why it is in no mean and no rank."""

    name: str
    version: int
    group: str
    dataset: str
    metric: str
    unit: str
    title: str
    counted: bool
    not_counted: str
    ceiling: CeilingJson


class BoardColumns(BaseModel):
    """What a board's lines have numbers of; `counted` is how many benchmarks its means and ranks are of.

    `convention_reason` says why scores of several benchmarks are shown as stored where nobody asked for that.
    """

    convention: str
    convention_reason: str = ""
    groups: list[str]
    counted: int
    benchmarks: list[BoardColumn]


class BoardHead(BoardColumns):
    """Which board it is, and its columns; `day` is empty for the present."""

    name: str
    day: str


class LeaderboardAnswer(BaseModel):
    """Lines of a board. `stale`: scores have changed since `computed_at`, and it is being computed again."""

    board: BoardHead
    computed_at: datetime
    stale: bool
    total: int
    offset: int
    rows: list[BoardLine]


class ComparedAnswer(BaseModel):
    """The first model's score less the second's: 95 % interval, p value, and q after Benjamini-Hochberg.

    Of a mean, `shared` are the counted benchmarks both have, over which it is; a benchmark's own name, of a benchmark.
    `convention` is raw for a benchmark on which the one asked for defines nothing.
    """

    benchmark: str
    convention: str
    shared: list[str]
    first: str
    second: str
    difference: Number
    interval: IntervalJson
    p: Number
    q: Number


class MeanAnswer(BaseModel):
    """A model's marginal mean among the models compared, of how many benchmarks it has; with its 95 % interval."""

    model: str
    mean: Number
    interval: IntervalJson
    coverage: int
    groups: dict[str, Number]


class ComparisonAnswer(BaseModel):
    """Models against each other: each pair on the mean over what both have (`mean`), and on each benchmark.

    q is corrected over all the pairs of one benchmark, and over all those of the mean.
    """

    board: str
    convention: str
    counted: list[str]
    means: list[MeanAnswer]
    mean: list[ComparedAnswer]
    benchmarks: list[ComparedAnswer]
