"""Scores in a database without a model: values, draws and curves are given or made from a seed."""

import zlib
from dataclasses import asdict

import numpy as np
from spatial_scores import spatial_scores
from sqlalchemy import update
from sqlalchemy.orm import Session

from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import runs
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.run import RunResult, Seconds
from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import (
    Detail,
    Draws,
    Interval,
    LayerScore,
    NoiseCeiling,
    Score,
    SubjectScore,
)

CEILING = NoiseCeiling(0.9, 0.9, interval=Interval(0.8, 0.95))
CARD = ModelCard("somebody 2026", "Faces", Objective.CONTRASTIVE, 1.5, "MIT")


def store(
    session: Session,
    model: str,
    benchmark: Benchmark,
    value: float,
    *,
    spread: float = 0.01,
    ceiling: NoiseCeiling = CEILING,
    submission: int | None = None,
    public: bool = True,
) -> int:
    """Record a score; return its run's number."""
    run = store_result(session, model, made_result(model, benchmark, value, spread=spread, ceiling=ceiling))
    if not public:
        session.execute(update(RunRow).where(RunRow.id == run).values(public=False, submission_id=submission))
    return run


def made_result(
    model: str, benchmark: Benchmark, value: float, *, spread: float = 0.01, ceiling: NoiseCeiling = CEILING
) -> RunResult:
    """What a run comes to: a score of this value."""
    noise = np.random.default_rng(zlib.crc32(f"{model} {benchmark.name}".encode())).standard_normal((3, 200))
    score = Score(
        value,
        "r",
        Interval(value - 2 * spread, value + 2 * spread),
        ceiling,
        layers=("a", "a", "b"),
        layer_curve=(LayerScore("a", value, 2 / 3), LayerScore("b", value - 0.1, 1 / 3)),
        per_subject=(SubjectScore("s1", value),),
        per_target=spatial_scores([value, np.nan], error=spread),
        details=(Detail("accuracy", 0.5, 0.9),),
        draws=Draws(
            spread * noise.astype(np.float32), 91, 3, f"stimuli of {benchmark.dataset}", f"subjects of {benchmark.name}"
        ),
    )
    return result_of(model, benchmark, score)


def store_score(session: Session, model: str, benchmark: Benchmark, score: Score) -> int:
    """Record this score; return its run's number."""
    return store_result(session, model, result_of(model, benchmark, score))


def store_result(session: Session, model: str, result: RunResult) -> int:
    """Record what a run came to; return its number."""
    spec = ModelSpec(model, "classical", "classical:pixels", description="Told by its pixels", card=CARD)
    return runs.add_succeeded(session, spec, result).run_id


def result_of(model: str, benchmark: Benchmark, score: Score) -> RunResult:
    """What a run of this score comes to."""
    receipt = Receipt(
        model, "classical:pixels", True, "", "", "", asdict(Preprocessing((8, 8))), (), "", "flatten", "float32",
        "cpu", "", benchmark.name, benchmark.version, {}, 0, "1", {},
    )  # fmt: skip
    return RunResult(score, receipt, Seconds(1.0, 2.0))
