"""The leaderboard: one row per model, ranks with intervals, and who cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.statistics.comparison import rank_intervals, shared_ranks
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score


@dataclass(frozen=True)
class LeaderboardRow:
    """A model's place: `value` is the mean over the benchmarks it has (`coverage` counts them).

    `rank` is shared by models that cannot be told apart; it is None for a model without a score.
    """

    model: str
    family: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    value: float
    interval: Interval
    coverage: int
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class Leaderboard:
    """Rows from best to worst, and each benchmark's noise ceiling where a score tells it."""

    benchmarks: Sequence[Benchmark]
    rows: Sequence[LeaderboardRow]
    ceilings: Mapping[str, NoiseCeiling]


def leaderboard(session: Session, benchmarks: Sequence[Benchmark]) -> Leaderboard:
    """Rank the models by the mean of their newest scores on the benchmarks' current versions."""
    stored = runs.latest_succeeded(session, {each.name: each.version for each in benchmarks})
    if not stored:
        return Leaderboard(benchmarks, (), {})
    by_model: dict[str, dict[str, StoredRun]] = {}
    for run in stored:
        by_model.setdefault(run.model, {})[run.benchmark] = run
    models = sorted(by_model)
    values = np.array([_mean([run.score.value for run in by_model[model].values()]) for model in models])
    draws = _mean_draws([list(by_model[model].values()) for model in models])
    ranks = shared_ranks(values, draws)
    bounds = rank_intervals(values, draws)
    rows = [
        LeaderboardRow(
            model=model,
            family=next(iter(by_model[model].values())).family,
            rank=_whole(ranks[place]),
            rank_low=_whole(bounds.low[place]),
            rank_high=_whole(bounds.high[place]),
            value=float(values[place]),
            interval=bias_corrected_interval(float(values[place]), draws[place]),
            coverage=sum(not np.isnan(run.score.value) for run in by_model[model].values()),
            scores={name: run.score for name, run in by_model[model].items()},
        )
        for place, model in enumerate(models)
    ]
    rows.sort(key=lambda row: (-np.nan_to_num(row.value, nan=-np.inf), row.model))
    return Leaderboard(benchmarks, rows, {run.benchmark: run.score.ceiling for run in stored})


def _mean(values: Sequence[float]) -> float:
    """The mean of what is defined; NaN when nothing is."""
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else np.nan


def _mean_draws(runs_of_models: Sequence[Sequence[StoredRun]]) -> NDArray[np.float64]:
    """Each model's mean over its benchmarks on every draw, (models, draws).

    Benchmarks on the same images share their draws of stimuli, so a mean over them keeps what they have in common.
    """
    kept = [[r.score.resamples for r in each if r.score.resamples is not None] for each in runs_of_models]
    length = min((len(draws) for each in kept for draws in each), default=0)
    undefined = np.full(length, np.nan)
    return np.array([np.mean([d[:length] for d in each], axis=0) if each else undefined for each in kept])


def _whole(rank: float) -> int | None:
    return None if np.isnan(rank) else round(rank)
