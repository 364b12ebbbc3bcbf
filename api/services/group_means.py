"""A model's one number on a board: the mean over groups, of means over studies, of means over benchmarks it has.

A study is one voice in its group, however many subjects or experiments its benchmarks are.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.conventions import Convention, shown
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.types.score import Interval


def counting_of(benchmarks: Iterable[Benchmark]) -> Sequence[Benchmark]:
    """Those that count in means over groups; on a board of nothing but others, these."""
    everything = list(benchmarks)
    return [each for each in everything if each.counted] or everything


class GroupMeans:
    """A model's scores by benchmark, and what a convention makes of them.

    `values` are the benchmarks' under the convention; `counted` the names of those that count in `groups` and `value`.
    """

    def __init__(
        self, stored: Mapping[str, StoredScore], benchmarks: Mapping[str, Benchmark], convention: Convention
    ) -> None:
        self.runs, self._benchmarks, self._convention = stored, benchmarks, convention
        self.values = {name: float(self.shown(name, np.array([run.score.value]))[0]) for name, run in self.runs.items()}
        counting = {each.name for each in counting_of(benchmarks.values())}
        self.counted = {
            name
            for name, run in stored.items()
            if name in counting and not run.score.ceiling.unreliable and not np.isnan(self.values[name])
        }
        by_group: dict[str, dict[str, list[float]]] = {}
        for name in stored:
            if name in self.counted:
                studies = by_group.setdefault(benchmarks[name].group, {})
                studies.setdefault(benchmarks[name].dataset, []).append(self.values[name])
        self.groups = {
            group: float(np.mean([np.mean(values) for values in studies.values()]))
            for group, studies in by_group.items()
        }
        self.value = float(np.mean(list(self.groups.values()))) if self.groups else np.nan

    def interval(self, draws: NDArray[np.float64]) -> Interval:
        """The interval of the value, given its draws.

        Where the value is one stored score it is that score's own: a metric may correct the bias of its draws by more
        than these tell (encoding does, by the mean over targets).
        """
        if len(self.counted) == 1 and self._convention is Convention.RAW:
            (name,) = self.counted
            return self.runs[name].score.interval
        return bias_corrected_interval(self.value, draws)

    def shown(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A benchmark's values (a score, or its draws) under the convention."""
        metric, ceiling = self._benchmarks[name].metric.name, self.runs[name].score.ceiling
        return shown(values, metric=metric, ceiling=ceiling, convention=self._convention)


def mean_draws(session: Session, models: Sequence[GroupMeans], benchmarks: Sequence[Benchmark]) -> NDArray[np.float64]:
    """The models' values on every draw, a row each: as many draws as all have that have any, NaN for those without.

    Benchmarks on the same images share their draws of stimuli, so a mean over them keeps what they have in common. One
    benchmark's draws are read at a time: of 1,000 models on 100 benchmarks they are 800 MB.
    """
    overall = [_Mean() for _ in models]
    for group in dict.fromkeys(each.group for each in benchmarks):
        of_group = [_Mean() for _ in models]
        of_this = [each for each in benchmarks if each.group == group]
        for study in dict.fromkeys(each.dataset for each in of_this):
            names = [each.name for each in of_this if each.dataset == study]
            _add_all(of_group, _study_draws(session, models, names))
        _add_all(overall, of_group)
    means = [each.mean for each in overall]
    length = min((len(each) for each in means if each.size), default=0)
    return np.array([each[:length] if each.size else np.full(length, np.nan) for each in means])


def _study_draws(session: Session, models: Sequence[GroupMeans], names: Sequence[str]) -> list["_Mean"]:
    """The mean over a study's benchmarks on every draw, for each model."""
    found = [_Mean() for _ in models]
    for name in names:
        places = {model.runs[name].run_id: place for place, model in enumerate(models) if name in model.counted}
        for run_id, drawn in scores.draws(session, list(places)):
            place = places[run_id]
            found[place].add(models[place].shown(name, drawn))
    return found


def _add_all(wholes: Sequence["_Mean"], parts: Sequence["_Mean"]) -> None:
    for whole, part in zip(wholes, parts, strict=True):
        if part.n:
            whole.add(part.mean)


class _Mean:
    """The mean of rows that come one by one, over as many draws as all of them have."""

    def __init__(self) -> None:
        self._sum, self.n = np.empty(0), 0

    def add(self, drawn: NDArray[np.float64]) -> None:
        length = min(len(self._sum), len(drawn)) if self.n else len(drawn)
        self._sum = self._sum[:length] + drawn[:length] if self.n else drawn
        self.n += 1

    @property
    def mean(self) -> NDArray[np.float64]:
        return self._sum / max(self.n, 1)
