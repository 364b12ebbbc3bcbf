"""Models against each other, on the benchmarks both of two have and on the same bootstrap draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.boards.cells import Table, by_model, columns_of, usual_convention
from brainrank.api.services.boards.leaderboard import mean_interval
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.ranking.paired_models import PairedComparison, paired_comparison
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.statistics.false_discovery import benjamini_hochberg
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.score import Draws, Interval

FEWEST, MOST = 2, 10


@dataclass(frozen=True)
class Pair:
    """The first model less the second; `q` is p after Benjamini-Hochberg over the pairs beside it.

    `shared` are the benchmarks that the difference is over.
    """

    first: str
    second: str
    paired: PairedComparison
    q: float
    convention: Convention
    shared: Sequence[str]


@dataclass(frozen=True)
class Mean:
    """A model's marginal mean among the models compared, its interval, those of its groups, and over how many."""

    value: float
    interval: Interval
    groups: Mapping[str, float]
    coverage: int


@dataclass(frozen=True)
class Comparison:
    """Pairs on their mean over the counted benchmarks that both have, and on each benchmark.

    `scores` are as stored, by model and benchmark; `counted` the benchmarks that count for any of the models. A
    benchmark on which a convention defines nothing is compared as stored: its pairs say so.
    """

    convention: Convention
    counted: Sequence[str]
    means: Mapping[str, Mean]
    mean: Sequence[Pair]
    benchmarks: Mapping[str, Sequence[Pair]]
    scores: Mapping[str, Mapping[str, StoredScore]]


def compare(
    session: Session,
    models: Sequence[str],
    benchmarks: Sequence[Benchmark],
    *,
    convention: Convention | None,
    viewer: Viewer,
) -> Comparison:
    """Compare every pair of models; each benchmark is a family of tests for the correction, and so is the mean.

    Under the convention that is usual for their scores where none is given.

    Raises UserError for fewer than 2 or more than 10 models, NotFoundError for one without a score to be seen.
    """
    names = list(dict.fromkeys(models))
    if not FEWEST <= len(names) <= MOST:
        raise UserError(f"{len(names)} models to compare; name {FEWEST} to {MOST} different ones")
    versions = {each.name: each.version for each in benchmarks}
    found = by_model(scores.latest_succeeded(session, versions, models=names, viewer=viewer))
    for name in names:
        if name not in found:
            raise NotFoundError(
                f"'{name}' has no score on {_benchmarks_text(benchmarks)} that you may see; score it there first"
            )
    draws = dict(scores.draws(session, [run.run_id for runs in found.values() for run in runs.values()]))
    convention = convention or usual_convention(found, benchmarks)
    table = Table(found, benchmarks, convention)
    on_each = {
        each.name: _on_benchmark(each, names, found, draws, convention)
        for each in benchmarks
        if sum(each.name in found[name] for name in names) >= FEWEST
    }
    counted = [each.name for each in table.counted]
    means, pairs = _means(table, names, draws), _pairs(table, names, draws)
    return Comparison(convention, counted, means, pairs, on_each, found)


def _benchmarks_text(benchmarks: Sequence[Benchmark]) -> str:
    return benchmarks[0].name if len(benchmarks) == 1 else f"any of the {len(benchmarks)} benchmarks"


def _on_benchmark(
    benchmark: Benchmark,
    names: Sequence[str],
    found: Mapping[str, Mapping[str, StoredScore]],
    draws: Mapping[int, Draws],
    convention: Convention,
) -> Sequence[Pair]:
    """The pairs on one benchmark, whether or not it counts on a board."""
    having = {name: {benchmark.name: found[name][benchmark.name]} for name in names if benchmark.name in found[name]}
    order = [name for name in names if name in having]
    table = Table(having, [benchmark], convention)
    defined = any(np.isfinite(table.value(name, benchmark.name)) for name in having)
    shown = table if defined else Table(having, [benchmark], Convention.RAW)
    return _pairs(shown, order, draws, [benchmark])


def _pairs(
    table: Table, names: Sequence[str], draws: Mapping[int, Draws], benchmarks: Sequence[Benchmark] | None = None
) -> Sequence[Pair]:
    """Every pair on the given benchmarks, else on those that count."""
    compared_on = table.counted if benchmarks is None else benchmarks
    columns = [each.name for each in compared_on]
    of = {name: [_cell(table, name, column, draws) for column in columns] for name in names}
    compared = []
    for one, other in combinations(names, 2):
        values = np.array([[value for value, _ in of[name]] for name in (one, other)]).reshape(2, len(columns))
        drawn = [[each for _, each in of[name]] for name in (one, other)]
        compared.append((one, other, paired_comparison(values, drawn, columns_of(compared_on))))
    q = benjamini_hochberg(np.array([paired.p for _, _, paired in compared]))
    return [
        Pair(one, other, paired, float(each), table.convention, [columns[place] for place in paired.shared])
        for (one, other, paired), each in zip(compared, q, strict=True)
    ]


def _cell(table: Table, model: str, benchmark: str, draws: Mapping[int, Draws]) -> tuple[float, Draws | None]:
    run = table.found[model].get(benchmark)
    if run is None:
        return np.nan, None
    drawn = draws.get(run.run_id)
    return table.value(model, benchmark), None if drawn is None else table.draws_of(run, drawn)


def _means(table: Table, names: Sequence[str], draws: Mapping[int, Draws]) -> Mapping[str, Mean]:
    cells = {
        (row, place): drawn
        for row, name in enumerate(table.models)
        for place, each in enumerate(table.counted)
        if (drawn := _cell(table, name, each.name, draws)[1]) is not None
    }
    ranking = rank_models(table.values, table.columns, GivenDraws(cells))
    places = {name: table.models.index(name) for name in names}
    return {
        name: Mean(
            float(ranking.means[place]),
            mean_interval(table, ranking, place),
            {group: float(each[place]) for group, each in ranking.groups.items() if np.isfinite(each[place])},
            int(ranking.coverage[place]),
        )
        for name, place in places.items()
    }
