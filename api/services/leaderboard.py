"""The leaderboard: one row per model, ranks with intervals, and who cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.conventions import Convention, shown
from brainrank.benchmark.statistics.comparison import rank_intervals, shared_ranks
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score


@dataclass(frozen=True)
class LeaderboardRow:
    """A model's place.

    `value` is the mean of `groups`, each of which is the mean over the group's benchmarks that the model has;
    `coverage` counts the benchmarks behind it. `values` are the benchmarks' under the board's convention, `scores` as
    stored. `rank` is shared by models that cannot be told apart; it is None for a model without a value.
    """

    model: str
    family: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    value: float
    interval: Interval
    coverage: int
    groups: Mapping[str, float]
    values: Mapping[str, float]
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class Leaderboard:
    """Rows from best to worst; each scored benchmark's noise ceiling; the groups in the order of the benchmarks.

    Benchmarks of `unreliable` have a ceiling that cannot be told from zero: they are shown and count for nothing.
    """

    benchmarks: Sequence[Benchmark]
    convention: Convention
    rows: Sequence[LeaderboardRow]
    ceilings: Mapping[str, NoiseCeiling]

    @property
    def scored(self) -> Sequence[Benchmark]:
        """The benchmarks on which some model has a run."""
        return [each for each in self.benchmarks if each.name in self.ceilings]

    @property
    def unreliable(self) -> Sequence[str]:
        """The names of benchmarks whose ceiling cannot be told from zero."""
        return [name for name, ceiling in self.ceilings.items() if ceiling.unreliable]

    @property
    def groups(self) -> Sequence[str]:
        """The groups of the scored benchmarks, in their order."""
        return list(dict.fromkeys(each.group for each in self.scored))


def leaderboard(
    session: Session, benchmarks: Sequence[Benchmark], *, convention: Convention = Convention.RAW
) -> Leaderboard:
    """Rank the models by the mean over groups of their newest scores on the benchmarks' current versions."""
    stored = runs.latest_succeeded(session, {each.name: each.version for each in benchmarks})
    by_model: dict[str, dict[str, StoredRun]] = {}
    for run in stored:
        by_model.setdefault(run.model, {})[run.benchmark] = run
    by_name = {each.name: each for each in benchmarks}
    models = {name: _Model(by_model[name], by_name, convention) for name in sorted(by_model)}
    if not models:
        return Leaderboard(benchmarks, convention, (), {})
    values = np.array([model.value for model in models.values()])
    draws = _aligned([model.draws for model in models.values()])
    ranks, bounds = shared_ranks(values, draws), rank_intervals(values, draws)
    rows = [
        LeaderboardRow(
            model=name,
            family=next(iter(model.runs.values())).family,
            rank=_whole(ranks[place]),
            rank_low=_whole(bounds.low[place]),
            rank_high=_whole(bounds.high[place]),
            value=model.value,
            interval=bias_corrected_interval(model.value, draws[place]),
            coverage=len(model.counted),
            groups=model.groups,
            values=model.values,
            scores={benchmark: run.score for benchmark, run in model.runs.items()},
        )
        for place, (name, model) in enumerate(models.items())
    ]
    rows.sort(key=lambda row: (-np.nan_to_num(row.value, nan=-np.inf), row.model))
    return Leaderboard(benchmarks, convention, rows, {run.benchmark: run.score.ceiling for run in stored})


class _Model:
    """A model's runs, and what a convention makes of them."""

    def __init__(
        self, stored: Mapping[str, StoredRun], benchmarks: Mapping[str, Benchmark], convention: Convention
    ) -> None:
        self.runs = stored
        self._benchmarks, self._convention = benchmarks, convention
        self.values = {name: float(self._shown(run, np.array([run.score.value]))[0]) for name, run in stored.items()}
        # A board of nothing but benchmarks that count in no mean over groups is a board of them.
        some_count = any(each.counted for each in benchmarks.values())
        self.counted = [
            name
            for name, run in stored.items()
            if not run.score.ceiling.unreliable
            and not np.isnan(self.values[name])
            and (benchmarks[name].counted or not some_count)
        ]
        self.groups = {
            group: float(np.mean([self.values[name] for name in names])) for group, names in self._by_group().items()
        }
        self.value = float(np.mean(list(self.groups.values()))) if self.groups else np.nan

    @property
    def draws(self) -> NDArray[np.float64]:
        """The same mean on every draw; empty where nothing was drawn.

        Benchmarks on the same images share their draws of stimuli, so a mean over them keeps what they have in common.
        """
        groups = []
        for names in self._by_group().values():
            drawn = {name: self.runs[name].score.resamples for name in names}
            kept = [self._shown(self.runs[name], each) for name, each in drawn.items() if each is not None]
            if kept:
                groups.append(np.mean(_aligned(kept), axis=0))
        return np.asarray(np.mean(_aligned(groups), axis=0)) if groups else np.empty(0)

    def _by_group(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name in self.counted:
            groups.setdefault(self._benchmarks[name].group, []).append(name)
        return groups

    def _shown(self, run: StoredRun, values: NDArray[np.float64]) -> NDArray[np.float64]:
        metric = self._benchmarks[run.benchmark].metric.name
        return shown(values, metric=metric, ceiling=run.score.ceiling, convention=self._convention)


def _aligned(draws: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Rows of equal length: as many draws as all have that have any; NaN for those without."""
    length = min((len(each) for each in draws if each.size), default=0)
    return np.array([each[:length] if each.size else np.full(length, np.nan) for each in draws])


def _whole(rank: float) -> int | None:
    return None if np.isnan(rank) else round(rank)
