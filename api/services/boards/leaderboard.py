"""The leaderboard: one row per model, marginal means with intervals, places, and who has no rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.services.boards.cells import Table, by_model, usual_convention
from brainrank.benchmark.ranking.board import Ranking, rank_models
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.conventions import NO_SHARES, default_convention
from brainrank.benchmark.statistics.uncertainty import Spread, student_interval
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score


@dataclass(frozen=True)
class LeaderboardRow:
    """A model's place.

    `value` is the marginal mean over the board's counted benchmarks, `groups` are those within each group; `coverage`
    is how many counted benchmarks the model has. `values` are the benchmarks' under the board's convention, with
    `intervals`; `scores` as stored (without curves and draws), of the runs numbered in `runs`. A model may stand
    anywhere from `rank`, shared by those that cannot be told apart, to `last_rank`; both are None for one without a
    rank, and `reason` says why. It stands by its value less `deduction`: what that may be off for benchmarks it lacks.
    `origins` says who made the scores that were not made here, by benchmark.
    """

    model: str
    family: str
    rank: int | None
    last_rank: int | None
    value: float
    interval: Interval
    coverage: int
    deduction: float
    reason: str
    groups: Mapping[str, float]
    values: Mapping[str, float]
    intervals: Mapping[str, Interval]
    scores: Mapping[str, Score]
    runs: Mapping[str, int]
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def values_or_raw(self) -> Mapping[str, float]:
        """What a table shows by benchmark: the value, or the raw score where the convention defines none."""
        return {name: self.scores[name].value if np.isnan(value) else value for name, value in self.values.items()}


@dataclass(frozen=True)
class Leaderboard:
    """Rows in their order, ranked models first; each scored benchmark's noise ceiling; the groups in their order.

    `counted` are the benchmarks that count in means and ranks under the convention, `uncounted` says of the other
    scored ones why they do not: they are shown all the same. `convention_reason` says why scores of several benchmarks
    are usually shown as stored here, on a board that shows them so.
    """

    benchmarks: Sequence[Benchmark]
    convention: Convention
    rows: Sequence[LeaderboardRow]
    ceilings: Mapping[str, NoiseCeiling]
    counted: Sequence[Benchmark] = ()
    uncounted: Mapping[str, str] = field(default_factory=dict)
    convention_reason: str = ""

    @property
    def scored_benchmarks(self) -> Sequence[Benchmark]:
        """The benchmarks on which some model has a run."""
        return [each for each in self.benchmarks if each.name in self.ceilings]

    @property
    def counted_groups(self) -> Sequence[str]:
        """The groups of the counted benchmarks, in their order."""
        return list(dict.fromkeys(each.group for each in self.counted))

    @property
    def groups(self) -> Sequence[str]:
        """The groups of the scored benchmarks, in their order."""
        return list(dict.fromkeys(each.group for each in self.scored_benchmarks))


def leaderboard(
    session: Session,
    benchmarks: Sequence[Benchmark],
    *,
    convention: Convention | None,
    before: datetime | None = None,
    models: Sequence[str] | None = None,
) -> Leaderboard:
    """Rank the models, or those that are named, by their newest public scores on the benchmarks' current versions.

    Under the convention that is usual for them where none is given. With `before`, as it was at that moment.
    """
    versions = {each.name: each.version for each in benchmarks}
    stored = scores.latest_succeeded(session, versions, models=models, before=before)
    if not stored:
        return Leaderboard(benchmarks, convention or default_convention(len(benchmarks)), (), {})
    found = by_model(stored)
    usual = usual_convention(found, benchmarks)
    table = Table(found, benchmarks, convention or usual)
    ranking = rank_models(table.values, table.columns, table.draws(session))
    return Leaderboard(
        benchmarks,
        table.convention,
        [_row(table, ranking, int(number)) for number in ranking.lines],
        table.ceilings,
        table.counted,
        {name: why for name, why in table.uncounted.items() if name in table.ceilings},
        NO_SHARES if len(benchmarks) > 1 and table.convention is usual is Convention.RAW else "",
    )


def _row(table: Table, ranking: Ranking, number: int) -> LeaderboardRow:
    name = table.models[number]
    runs = table.found[name]
    return LeaderboardRow(
        model=name,
        family=next(iter(runs.values())).family,
        rank=_whole(ranking.first[number]),
        last_rank=_whole(ranking.last[number]),
        value=float(ranking.means[number]),
        interval=mean_interval(table, ranking, number),
        coverage=int(ranking.coverage[number]),
        deduction=float(ranking.deductions[number]),
        reason=_why_unranked(table, ranking, number),
        groups={group: float(means[number]) for group, means in ranking.groups.items() if np.isfinite(means[number])},
        values={benchmark: table.value(name, benchmark) for benchmark in runs},
        intervals={benchmark: table.interval(name, benchmark) for benchmark in runs},
        scores={benchmark: run.score for benchmark, run in runs.items()},
        runs={benchmark: run.run_id for benchmark, run in runs.items()},
        origins={benchmark: run.origin for benchmark, run in runs.items() if run.origin},
    )


def mean_interval(table: Table, ranking: Ranking, number: int) -> Interval:
    """The interval of a model's marginal mean.

    Where the mean is one stored score it is that score's own: a metric knows the range of its scores, and may correct
    their bias by more than these draws tell.
    """
    if len(table.counted) == 1 and ranking.coverage[number]:
        return table.interval(table.models[number], table.counted[0].name)
    of = Spread(float(ranking.spreads.variance[number]), float(ranking.spreads.freedom[number]))
    return student_interval(float(ranking.means[number]), of)


def _why_unranked(table: Table, ranking: Ranking, number: int) -> str:
    if ranking.ranked[number]:
        return ""
    total, has = len(table.counted), np.isfinite(table.values[number])
    if not total:
        return "no benchmark of this board counts"
    if ranking.apart[number]:
        others = table.shared_by_ranked(ranking)
        return (
            "it shares no counted benchmark with the ranked models, not even through other models, so that there is no "
            f"common scale; score it on one of theirs: {', '.join(others[:3])}"
        )
    groups = dict.fromkeys(each.group for each in table.counted)
    lacking = [name for name in groups if not any(has[k] for k, each in enumerate(table.counted) if each.group == name)]
    none = f" (none in {', '.join(lacking)})" if lacking else ""
    each_group = " and one in each group" if len(groups) > 1 else ""
    return f"{has.sum()} of {total} counted benchmarks; a rank needs at least {-(-total // 2)}{each_group}{none}"


def _whole(rank: float) -> int | None:
    return None if np.isnan(rank) else round(rank)
