"""What the reading half of the service answers with: models, benchmarks, scores, leaderboards, comparisons."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from brainrank.api.schemas import FailureAnswer

Number = float | None  # null where undefined
ExportFormat = Literal["csv", "json", "parquet"]


class CeilingAnswer(BaseModel):
    """The best score the data allow; `low` and `high` are the 95 % interval of `lower`."""

    lower: Number
    upper: Number
    low: Number
    high: Number
    unreliable: bool
    reason: str


class LayerAnswer(BaseModel):
    """A point of a layer curve; `won` is how often the layer was the one chosen."""

    layer: str
    value: Number
    won: float


class SubjectAnswer(BaseModel):
    """A score against one subject."""

    subject: str
    value: Number


class DetailAnswer(BaseModel):
    """A number told beside a score, and what people reach on it."""

    name: str
    value: Number
    people: Number


class ScoreAnswer(BaseModel):
    """A score as stored, with its 95 % interval; `reason` says why it, or its interval, is not there."""

    run: int
    model: str
    family: str
    benchmark: str
    benchmark_version: int
    code_version: str
    finished_at: datetime
    visibility: Literal["public", "private"]
    value: Number
    unit: str
    low: Number
    high: Number
    ceiling: CeilingAnswer
    layers: list[str]
    reason: str


class ScoresAnswer(BaseModel):
    """A page of scores, the newest first; `before` is what to ask for the next page, if there is one."""

    scores: list[ScoreAnswer]
    before: int | None


class CurvesAnswer(ScoreAnswer):
    """A score with its layer curve, subjects and details."""

    layer_curve: list[LayerAnswer]
    subjects: list[SubjectAnswer]
    details: list[DetailAnswer]


class RunPage(BaseModel):
    """A run: where it is and, once it succeeded, its score and the receipt from which it can be scored again."""

    run: int
    model: str
    family: str
    benchmark: str
    benchmark_version: int
    status: str
    visibility: Literal["public", "private"]
    submission: int | None
    created_at: datetime
    finished_at: datetime | None
    failure: FailureAnswer | None
    score: CurvesAnswer | None
    seconds: dict[str, float] | None
    receipt: dict[str, Any] | None


class CardAnswer(BaseModel):
    """Where a model comes from."""

    paper: str
    training_data: str
    objective: str
    parameters_million: float
    licence: str


class ModelSummary(BaseModel):
    """A model; `card` is null for one that nobody has described, `scored` whether it has scores that one may see."""

    name: str
    family: str
    description: str
    source: str
    digest: str
    card: CardAnswer | None
    scored: bool


class ModelsAnswer(BaseModel):
    """The models of the catalogue and those that were scored."""

    models: list[ModelSummary]


class ModelPage(ModelSummary):
    """A model with its newest score on the current version of each benchmark."""

    layers: list[str]
    pooling: str
    preprocessing: dict[str, Any] | None
    scores: list[CurvesAnswer]


class BenchmarkSummary(BaseModel):
    """A benchmark; one that is not `counted` is in no mean over groups."""

    name: str
    version: int
    group: str
    dataset: str
    region: str
    metric: str
    title: str
    counted: bool


class BenchmarksAnswer(BaseModel):
    """The benchmarks."""

    benchmarks: list[BenchmarkSummary]


class DatasetAnswer(BaseModel):
    """A study: who to cite, and what one may do with its data."""

    name: str
    title: str
    citation: str
    licence: str
    access: str
    regions: list[str]
    benchmarks: list[str]


class BenchmarkPage(BenchmarkSummary):
    """A benchmark with its metric's parameters, its study, and the noise ceiling of its newest score, if any."""

    parameters: dict[str, Any]
    study: DatasetAnswer
    ceiling: CeilingAnswer | None


class DatasetsAnswer(BaseModel):
    """The studies."""

    datasets: list[DatasetAnswer]


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


class CellAnswer(BaseModel):
    """A model's score on a benchmark, with its 95 % interval: under the convention, and raw."""

    run: int
    value: Number
    low: Number
    high: Number
    raw: Number
    raw_low: Number
    raw_high: Number
    reason: str = ""


class LineAnswer(BaseModel):
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
    low: Number
    high: Number
    coverage: int
    deduction: float
    not_ranked: str
    groups: dict[str, Number]
    scores: dict[str, CellAnswer]


class ColumnAnswer(BaseModel):
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
    ceiling: CeilingAnswer


class HeadAnswer(BaseModel):
    """Which board it is; `day` is empty for the present, `counted` how many benchmarks its means and ranks are of."""

    name: str
    convention: str
    day: str
    groups: list[str]
    counted: int
    benchmarks: list[ColumnAnswer]


class LeaderboardAnswer(BaseModel):
    """Lines of a board. `stale`: scores have changed since `computed_at`, and it is being computed again."""

    board: HeadAnswer
    computed_at: datetime
    stale: bool
    total: int
    offset: int
    rows: list[LineAnswer]


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
    low: Number
    high: Number
    p: Number
    q: Number


class MeanAnswer(BaseModel):
    """A model's marginal mean among the models compared, of how many benchmarks it has; with its 95 % interval."""

    model: str
    mean: Number
    low: Number
    high: Number
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
