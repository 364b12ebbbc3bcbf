"""Models against each other, on the same bootstrap draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import scores
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.group_means import GroupMeans, mean_draws
from brainrank.api.services.leaderboard import by_model
from brainrank.api.services.refusals import NotFoundError
from brainrank.benchmark.benchmarks import Benchmark
from brainrank.benchmark.conventions import Convention
from brainrank.benchmark.statistics.comparison import PairedComparison, benjamini_hochberg, paired_comparison
from brainrank.benchmark.types.errors import UserError

FEWEST, MOST = 2, 10


@dataclass(frozen=True)
class Pair:
    """The first model less the second; `q` is p after Benjamini-Hochberg over the pairs beside it."""

    first: str
    second: str
    paired: PairedComparison
    q: float


@dataclass(frozen=True)
class Comparison:
    """Pairs on the mean over the benchmarks that all models have (`shared`), and on each benchmark."""

    shared: Sequence[str]
    means: Mapping[str, GroupMeans]
    mean: Sequence[Pair]
    benchmarks: Mapping[str, Sequence[Pair]]


def compare(
    session: Session,
    models: Sequence[str],
    benchmarks: Sequence[Benchmark],
    *,
    convention: Convention,
    viewer: Viewer,
) -> Comparison:
    """Compare every pair of models; each benchmark is a family of tests for the correction, and so is the mean.

    Raises UserError for fewer than 2 or more than 10 models, NotFoundError for one without a score to be seen.
    """
    names = list(dict.fromkeys(models))
    if not FEWEST <= len(names) <= MOST:
        raise UserError(f"{len(names)} models to compare; name {FEWEST} to {MOST} different ones: ?models=A&models=B")
    versions = {each.name: each.version for each in benchmarks}
    found = by_model(scores.latest_succeeded(session, versions, models=names, viewer=viewer))
    for name in names:
        if name not in found:
            raise NotFoundError(f"'{name}' has no score here that you may see; /v1/models tells which models have any")
    by_name = {each.name: each for each in benchmarks}
    on_each = {}
    for each in benchmarks:
        having = [name for name in names if each.name in found[name]]
        if len(having) >= FEWEST:
            alone = {
                name: GroupMeans({each.name: found[name][each.name]}, {each.name: each}, convention) for name in having
            }
            on_each[each.name] = _pairs(session, alone, [each])
    shared = [each.name for each in benchmarks if all(each.name in found[name] for name in names)]
    means = {name: GroupMeans({each: found[name][each] for each in shared}, by_name, convention) for name in names}
    return Comparison(shared, means, _pairs(session, means, [by_name[each] for each in shared]), on_each)


def _pairs(session: Session, models: Mapping[str, GroupMeans], benchmarks: Sequence[Benchmark]) -> list[Pair]:
    names = list(models)
    values = np.array([models[name].value for name in names])
    draws = mean_draws(session, list(models.values()), benchmarks)
    compared = [(i, j, _paired(values, draws, i, j)) for i, j in combinations(range(len(names)), 2)]
    q = benjamini_hochberg(np.array([paired.p for _, _, paired in compared]))
    return [Pair(names[i], names[j], paired, float(each)) for (i, j, paired), each in zip(compared, q, strict=True)]


def _paired(values: NDArray[np.float64], draws: NDArray[np.float64], i: int, j: int) -> PairedComparison:
    return paired_comparison(values[[i, j]], draws[[i, j]])
