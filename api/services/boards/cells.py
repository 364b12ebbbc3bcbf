"""The cells of a board: models' stored scores by benchmark, and what a convention makes of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.benchmark.ranking.benchmark_weights import Column
from brainrank.benchmark.ranking.board import Ranking
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.conventions import (
    converted_draws,
    converted_interval,
    converted_value,
    default_convention,
    default_where_scored,
)
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.metric import Metric
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling

NOT_SCORED = "no model is scored on it"


class _Named(TypedDict):
    """What a convention needs to know of a score."""

    metric: Metric
    ceiling: NoiseCeiling
    convention: Convention


def by_model(stored: Sequence[StoredScore]) -> Mapping[str, Mapping[str, StoredScore]]:
    """Scores by model and benchmark."""
    found: dict[str, dict[str, StoredScore]] = {}
    for run in stored:
        found.setdefault(run.model, {})[run.benchmark] = run
    return found


def counting_of(benchmarks: Iterable[Benchmark]) -> Sequence[Benchmark]:
    """Those that count in means over groups; on a board of nothing but others, these."""
    everything = list(benchmarks)
    return [each for each in everything if each.counted] or everything


def columns_of(benchmarks: Sequence[Benchmark]) -> Sequence[Column]:
    """What a ranking needs to know of benchmarks."""
    return [Column(each.name, each.group, each.dataset) for each in benchmarks]


def usual_convention(found: Mapping[str, Mapping[str, StoredScore]], benchmarks: Sequence[Benchmark]) -> Convention:
    """What these scores are shown under unless somebody says otherwise."""
    default = default_convention(len(benchmarks))
    table = Table(found, benchmarks, default)
    scored = [each.metric.name for each in benchmarks if each.name in table.ceilings]
    return default_where_scored(len(benchmarks), counted=len(table.counted), metrics=scored)


class Table:
    """Models by benchmarks under a convention.

    `models` are in the order of their names. `counted` are the benchmarks that count: those that may, with a ceiling
    that can be told from zero if they have one at all, and a value under the convention for some model. `values` are on
    these, NaN where a model has none, `columns` what a ranking needs to know of them. `uncounted` says of the other
    benchmarks why they do not count. A benchmark's ceiling is that of its newest score for all models: they are
    compared on one scale.
    """

    def __init__(
        self, found: Mapping[str, Mapping[str, StoredScore]], benchmarks: Sequence[Benchmark], convention: Convention
    ) -> None:
        self.found, self.convention = found, convention
        self.models = sorted(found)
        runs = sorted((run for each in found.values() for run in each.values()), key=lambda run: run.run_id)
        self.ceilings = {run.benchmark: run.score.ceiling for run in runs}
        self._benchmarks = {each.name: each for each in benchmarks}
        self._counting = {each.name for each in counting_of(benchmarks)}
        self.uncounted = {each.name: why for each in benchmarks if (why := self._why_uncounted(each))}
        self.counted = [each for each in benchmarks if each.name not in self.uncounted]
        self.columns = columns_of(self.counted)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The models' values on the counted benchmarks."""
        cells = np.full((len(self.models), len(self.counted)), np.nan)
        for row, name in enumerate(self.models):
            for place, each in enumerate(self.counted):
                if each.name in self.found[name]:
                    cells[row, place] = self.value(name, each.name)
        return cells

    def value(self, model: str, benchmark: str) -> float:
        """A score under the convention."""
        run = self.found[model][benchmark]
        return converted_value(run.score.value, **self._as(run))

    def interval(self, model: str, benchmark: str) -> Interval:
        """The interval of a score under the convention."""
        run = self.found[model][benchmark]
        return converted_interval(run.score.interval, **self._as(run))

    def draws_of(self, run: StoredScore, draws: Draws) -> Draws:
        """The draws of a run under the convention."""
        return converted_draws(draws, run.score.value, **self._as(run))

    def draws(self, session: Session) -> "StoredDraws":
        """The draws of the counted cells."""
        return StoredDraws(session, self)

    def shared_by_ranked(self, ranking: Ranking) -> Sequence[str]:
        """The counted benchmarks of the models that have marginal means, those that most have first."""
        counts = np.isfinite(self.values[~np.isnan(ranking.means)]).sum(axis=0)
        return [self.counted[place].name for place in np.argsort(-counts, kind="stable") if counts[place]]

    def _why_uncounted(self, benchmark: Benchmark) -> str:
        """Why a benchmark counts in no mean; empty for one that does."""
        runs = [each[benchmark.name] for each in self.found.values() if benchmark.name in each]
        if not runs:
            return NOT_SCORED
        if benchmark.name not in self._counting:
            return (
                "it ranks in its own group alone: it measures again what another one does, or something beside likeness"
            )
        ceiling = self.ceilings[benchmark.name]
        if ceiling.unreliable:
            return "unreliable: its noise ceiling cannot be told from zero"
        if any(np.isfinite(converted_value(run.score.value, **self._as(run))) for run in runs):
            return ""
        if self.convention is Convention.MODEL_VS_HUMAN:
            return "it is not of error consistency"
        if self.convention is not Convention.RAW and not ceiling.lower > 0:
            return "it has no noise ceiling above zero"
        return "no model has a defined score on it"

    def _as(self, run: StoredScore) -> _Named:
        metric = self._benchmarks[run.benchmark].metric
        return {"metric": metric, "ceiling": self.ceilings[run.benchmark], "convention": self.convention}


class StoredDraws:
    """The draws of a table's counted cells in the database; see `ranking.draws.BoardDraws`."""

    def __init__(self, session: Session, table: Table) -> None:
        self._session, self._table = session, table
        self._runs = [
            {
                table.found[name][each.name].run_id: (row, table.found[name][each.name])
                for row, name in enumerate(table.models)
                if np.isfinite(table.values[row, place])
            }
            for place, each in enumerate(table.counted)
        ]

    def sets(self) -> Mapping[str, Sequence[int]]:
        """The columns in which there are draws of each set of stimuli."""
        found: dict[str, list[int]] = {}
        for column, runs in enumerate(self._runs):
            for name in scores.stimulus_sets(self._session, list(runs)):
                found.setdefault(name, []).append(column)
        return found

    def read(self, column: int, stimulus_set: str) -> Iterator[tuple[int, Draws]]:
        """The draws of a column that are of a set of stimuli, each with its model's row."""
        for run_id, drawn in scores.draws(self._session, list(self._runs[column]), stimulus_set=stimulus_set):
            row, run = self._runs[column][run_id]
            yield row, self._table.draws_of(run, drawn)
