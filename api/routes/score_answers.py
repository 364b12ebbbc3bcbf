"""Scores, models and benchmarks as they go over the wire."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from brainrank.api.json_text import number_or_null
from brainrank.api.repositories.runs import ShownRun, StoredRun
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.routes.submission_answers import failure_answer
from brainrank.api.score_json import curves_json, score_json
from brainrank.api.score_schemas import (
    BenchmarkSummary,
    CardAnswer,
    CurvesAnswer,
    DatasetAnswer,
    DetectionAnswer,
    ModelSummary,
    RecoveryAnswer,
    RunPage,
    ScoreAnswer,
)
from brainrank.api.services.views.known_models import KnownModel
from brainrank.benchmark.recovery.detection import Detection, Recovery
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.datasets.dataset import Dataset


def visibility(public: bool) -> Literal["public", "private"]:
    """Who sees it, in a word."""
    return "public" if public else "private"


def score_answer(stored: StoredScore) -> ScoreAnswer:
    """A score."""
    return ScoreAnswer(
        run=stored.run_id,
        model=stored.model,
        family=stored.family,
        benchmark=stored.benchmark,
        benchmark_version=stored.benchmark_version,
        code_version=stored.code_version,
        finished_at=stored.finished_at,
        visibility=visibility(stored.public),
        **dict(score_json(stored.score)),
    )


def curves_answer(stored: StoredRun, *, public: bool) -> CurvesAnswer:
    """A score with its curve, subjects and details."""
    return CurvesAnswer(
        run=stored.run_id,
        model=stored.model,
        family=stored.family,
        benchmark=stored.benchmark,
        benchmark_version=stored.benchmark_version,
        code_version=stored.receipt.get("code_version", ""),
        finished_at=stored.finished_at,
        visibility=visibility(public),
        **dict(curves_json(stored.score)),
    )


def run_page(run: ShownRun) -> RunPage:
    """A run."""
    stored = run.stored
    return RunPage(
        run=run.run_id,
        model=run.model,
        family=run.family,
        benchmark=run.benchmark,
        benchmark_version=run.benchmark_version,
        status=run.status,
        visibility=visibility(run.public),
        submission=run.submission,
        created_at=run.created_at,
        finished_at=run.finished_at,
        failure=failure_answer(run.error_class, run.error),
        score=None if stored is None else curves_answer(stored, public=run.public),
        seconds=None if stored is None else dict(stored.seconds),
        receipt=None if stored is None else dict(stored.receipt),
    )


def model_summary(model: KnownModel) -> ModelSummary:
    """A model in a list."""
    spec, card = model.spec, model.card
    return ModelSummary(
        name=spec.name,
        family=spec.family,
        description=spec.description,
        source=spec.source,
        digest=spec.digest,
        card=None if card is None else CardAnswer(**asdict(card)),
        scored=model.scored,
    )


def benchmark_summary(benchmark: Benchmark, catalogue: Catalogue) -> BenchmarkSummary:
    """A benchmark of the catalogue in a list."""
    return BenchmarkSummary(
        name=benchmark.name,
        version=benchmark.version,
        group=benchmark.group,
        dataset=benchmark.dataset,
        region=benchmark.region,
        subject=catalogue.subject(benchmark),
        metric=benchmark.metric.name,
        title=benchmark.title,
        counted=benchmark.counted,
    )


def dataset_answer(dataset: Dataset, benchmarks: Mapping[str, Benchmark]) -> DatasetAnswer:
    """A study."""
    card = dataset.card
    return DatasetAnswer(
        name=card.name,
        title=card.title,
        citation=card.citation,
        licence=card.licence,
        access=card.access,
        regions=list(dataset.regions),
        benchmarks=[each.name for each in benchmarks.values() if each.dataset == card.name],
    )


def recovery_answer(found: Recovery | None) -> RecoveryAnswer | None:
    """What a benchmark can detect."""
    if found is None:
        return None
    return RecoveryAnswer(
        models=list(found.models),
        worlds=found.worlds,
        ceiling=number_or_null(found.ceiling),
        simulated_ceiling=number_or_null(found.simulated_ceiling),
        as_measured=_detection_answer(found.as_measured),
        in_full=_detection_answer(found.in_full),
    )


def _detection_answer(found: Detection) -> DetectionAnswer:
    return DetectionAnswer(
        first=found.recovered,
        told_from_second=found.told_from_second,
        pairs_told=found.pairs_told(found.models),
        smallest_difference=number_or_null(found.smallest_difference),
        times_images=number_or_null(found.times_images),
        times_subjects=number_or_null(found.times_subjects),
        times_both=number_or_null(found.times_both),
    )
