"""What the reading half of the service answers with: models, benchmarks, studies, scores, runs."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from brainrank.api.schemas import FailureAnswer
from brainrank.api.score_json import CeilingJson, CurvesJson, Number, ScoreJson

ExportFormat = Literal["csv", "json", "parquet"]


class ScoreAnswer(ScoreJson):
    """A score as stored, and whose it is."""

    run: int
    model: str
    family: str
    benchmark: str
    benchmark_version: int
    code_version: str
    finished_at: datetime
    visibility: Literal["public", "private"]


class ScoresAnswer(BaseModel):
    """A page of scores, the newest first; `before` is what to ask for the next page, if there is one."""

    scores: list[ScoreAnswer]
    before: int | None


class CurvesAnswer(ScoreAnswer, CurvesJson):
    """A score as stored, with its layer curve, subjects and details, and whose it is."""


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
    """A benchmark; one that is not `counted` is in no mean over groups.

    `subject` is the one person or animal that was measured; empty where there are several, or it is not told.
    """

    name: str
    version: int
    group: str
    dataset: str
    region: str
    subject: str
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


class DetectionAnswer(BaseModel):
    """How often the true model is found, mean over `models`, and what it takes.

    `first` and `told_from_second` are shares of worlds, `pairs_told` that of pairs of models that are told in 80 % of
    them; `smallest_difference` is told in 80 %. `times_...` are how many times as many images, subjects, or both tell
    the true model from its nearest rival in 80 %, null where no number does.
    """

    first: float
    told_from_second: float
    pairs_told: float
    smallest_difference: Number
    times_images: Number
    times_subjects: Number
    times_both: Number


class RecoveryAnswer(BaseModel):
    """What a benchmark can detect of these models, each the truth in so many simulated worlds.

    `as_measured`, the true model scores in its worlds what it scores in the data; `in_full`, it is all that subjects
    have in common.
    """

    models: list[str]
    worlds: int
    ceiling: Number
    simulated_ceiling: Number
    as_measured: DetectionAnswer
    in_full: DetectionAnswer


class BenchmarkPage(BenchmarkSummary):
    """A benchmark with its metric's parameters, its study, and the noise ceiling of its newest score, if any.

    `recovery` is what it can detect, null where that is not known, and `not_recovered` says why.
    """

    parameters: dict[str, Any]
    study: DatasetAnswer
    ceiling: CeilingJson | None
    recovery: RecoveryAnswer | None
    not_recovered: str


class DatasetsAnswer(BaseModel):
    """The studies."""

    datasets: list[DatasetAnswer]
