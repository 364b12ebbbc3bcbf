"""The leaderboard: one row per model, ranks with intervals, and who cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.services.group_means import GroupMeans, counting_of, mean_draws
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.conventions import Convention
from brainrank.benchmark.statistics.comparison import ranks
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score


@dataclass(frozen=True)
class LeaderboardRow:
    """A model's place.

    `value` is the mean of `groups`, each of which is the mean over the group's studies, of means over the benchmarks
    that the model has; `coverage` counts these. `values` are the benchmarks' under the board's convention, `scores` as
    stored (without curves and draws), of the runs numbered in `runs`. A model may stand anywhere from `rank`, shared by
    those that cannot be told apart, to `last_rank`; both are None for one without a value.
    """

    model: str
    family: str
    rank: int | None
    last_rank: int | None
    value: float
    interval: Interval
    coverage: int
    groups: Mapping[str, float]
    values: Mapping[str, float]
    scores: Mapping[str, Score]
    runs: Mapping[str, int]


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
    def counted(self) -> Sequence[Benchmark]:
        """The scored benchmarks that count in means over groups."""
        counting = [each for each in counting_of(self.benchmarks) if each.name in self.ceilings]
        return [each for each in counting if not self.ceilings[each.name].unreliable]

    @property
    def counted_groups(self) -> Sequence[str]:
        """The groups of the counted benchmarks, in their order."""
        return list(dict.fromkeys(each.group for each in self.counted))

    @property
    def unreliable(self) -> Sequence[str]:
        """The names of benchmarks whose ceiling cannot be told from zero."""
        return [name for name, ceiling in self.ceilings.items() if ceiling.unreliable]

    @property
    def groups(self) -> Sequence[str]:
        """The groups of the scored benchmarks, in their order."""
        return list(dict.fromkeys(each.group for each in self.scored))


def leaderboard(
    session: Session,
    benchmarks: Sequence[Benchmark],
    *,
    convention: Convention = Convention.RAW,
    before: datetime | None = None,
) -> Leaderboard:
    """Rank the models by the mean over groups of their newest public scores on the benchmarks' current versions.

    With `before`, as it was at that moment.
    """
    stored = scores.latest_succeeded(session, {each.name: each.version for each in benchmarks}, before=before)
    by_name = {each.name: each for each in benchmarks}
    models = {name: GroupMeans(found, by_name, convention) for name, found in sorted(by_model(stored).items())}
    if not models:
        return Leaderboard(benchmarks, convention, (), {})
    values = np.array([model.value for model in models.values()])
    draws = mean_draws(session, list(models.values()), benchmarks)
    places = ranks(values, draws)
    rows = [
        LeaderboardRow(
            model=name,
            family=next(iter(model.runs.values())).family,
            rank=_whole(places.first[number]),
            last_rank=_whole(places.last[number]),
            value=model.value,
            interval=model.interval(draws[number]),
            coverage=len(model.counted),
            groups=model.groups,
            values=model.values,
            scores={benchmark: run.score for benchmark, run in model.runs.items()},
            runs={benchmark: run.run_id for benchmark, run in model.runs.items()},
        )
        for number, (name, model) in enumerate(models.items())
    ]
    rows.sort(key=lambda row: (-np.nan_to_num(row.value, nan=-np.inf), row.model))
    return Leaderboard(benchmarks, convention, rows, {run.benchmark: run.score.ceiling for run in stored})


def by_model(stored: Sequence[StoredScore]) -> Mapping[str, Mapping[str, StoredScore]]:
    """Scores by model and benchmark."""
    found: dict[str, dict[str, StoredScore]] = {}
    for run in stored:
        found.setdefault(run.model, {})[run.benchmark] = run
    return found


def _whole(rank: float) -> int | None:
    return None if np.isnan(rank) else round(rank)
