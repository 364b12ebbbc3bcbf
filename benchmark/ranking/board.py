"""A board: marginal means with intervals, who has a rank, and the places each may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.ranking.benchmark_weights import Column, CommonShares
from brainrank.benchmark.ranking.draws import BoardDraws, BoardParts
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.ranking.places import is_better, order, places
from brainrank.benchmark.ranking.spreads import p_values
from brainrank.benchmark.statistics.variance_parts import Spreads
from brainrank.benchmark.types.errors import InvalidDataError


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a table of values says of the models that are its rows.

    `means` are marginal means over all benchmarks, `spreads` how sure they are (over stimuli, subjects, and the
    benchmarks that a model lacks), `groups` those within each group.
    `ranked` have a rank, and may have any place from `first` to `last`; `lines` are the models in their order.
    `deductions` are what a ranked model stands lower than its mean for benchmarks it lacks: half of what it would gain
    if these were those it stands worst on. `apart` are models that
    share no benchmark, not even through others, with those that have means.
    """

    means: Float[ndarray, " models"]
    spreads: Spreads
    groups: Mapping[str, Float[ndarray, " models"]]
    coverage: Int[ndarray, " models"]
    ranked: Bool[ndarray, " models"]
    first: Float[ndarray, " models"]
    last: Float[ndarray, " models"]
    deductions: Float[ndarray, " models"]
    apart: Bool[ndarray, " models"]
    lines: Int[ndarray, " models"]


def rank_models(values: Float[ndarray, "models benchmarks"], columns: Sequence[Column], draws: BoardDraws) -> Ranking:
    """Rank models by their values on counted benchmarks; NaN is a benchmark that a model does not have.

    A pair is compared on the benchmarks both have: the mean of their differences, weighted as `shares` says, less the
    difference of their deductions, against the variance of that mean over stimuli and subjects. A deduction takes no
    pair's order away, only its certainty. See docs/decisions/ranks.md.

    Raises InvalidDataError unless there is a column for each benchmark.
    """
    if len(columns) != values.shape[1]:
        raise InvalidDataError(f"{len(columns)} columns of {values.shape[1]} benchmarks; each benchmark needs its own")
    has = np.isfinite(values)
    design = Design(columns, has)
    means, deductions = design.effects(values).models, design.deductions(values)
    ranked = design.connected & is_ranked(has, columns)
    parts = BoardParts(design, ranked)
    parts.add(draws)
    differences = _differences(values[ranked], columns)
    owed = deductions[ranked]
    against = differences - (owed[:, None] - owed)
    against[against * differences < 0] = 0.0
    better = np.zeros((len(values), len(values)), dtype=bool)
    better[np.ix_(ranked, ranked)] = is_better(against, p_values(np.abs(against), parts.pairs))
    found = places(better, ranked)
    return Ranking(
        means=means,
        spreads=_with_what_is_lacking(parts.means.total, design.errors_of_lacking(values), design.freedom),
        groups=_group_means(values, columns),
        coverage=has.sum(axis=1),
        ranked=ranked,
        first=found.first,
        last=found.last,
        deductions=deductions,
        apart=has.any(axis=1) & ~design.connected,
        lines=order(np.where(ranked, means - deductions, means), better, ranked),
    )


def is_ranked(has: Bool[ndarray, "models benchmarks"], columns: Sequence[Column]) -> Bool[ndarray, " models"]:
    """Return which models have at least half of a board's benchmarks, and one in each of its groups."""
    groups = dict.fromkeys(each.group for each in columns)
    in_each = [has[:, [each.group == group for each in columns]].any(axis=1) for group in groups]
    half = 2 * has.sum(axis=1) >= len(columns)
    return np.asarray(np.all([half & has.any(axis=1), *in_each], axis=0))


def _with_what_is_lacking(of: Spreads, errors: Float[ndarray, " models"], freedom: int) -> Spreads:
    """Add the variance that comes of lacking benchmarks, with its degrees of freedom (Satterthwaite)."""
    more = errors**2
    total = of.variance + more
    doubt = of.variance**2 / of.freedom + more**2 / max(freedom, 1)
    return Spreads(total, np.where(more > 0, total**2 / np.where(doubt > 0, doubt, 1.0), of.freedom))


def _group_means(
    values: Float[ndarray, "models benchmarks"], columns: Sequence[Column]
) -> Mapping[str, Float[ndarray, " models"]]:
    found = {}
    for group in dict.fromkeys(each.group for each in columns):
        places_of_it = [place for place, each in enumerate(columns) if each.group == group]
        of_it = values[:, places_of_it]
        found[group] = Design([columns[each] for each in places_of_it], np.isfinite(of_it)).effects(of_it).models
    return found


def _differences(
    values: Float[ndarray, "models benchmarks"], columns: Sequence[Column]
) -> Float[ndarray, "models models"]:
    """Each pair's mean difference on the benchmarks both have; NaN where they have none in common."""
    has = np.isfinite(values)
    weights = CommonShares(columns, has, np.ones(len(values), dtype=bool))
    total, mass = np.zeros((len(values), len(values))), np.zeros((len(values), len(values)))
    for place in range(len(columns)):
        known, weight = np.where(has[:, place], values[:, place], 0.0), weights.of(place)
        total += weight * (known[:, None] - known)
        mass += weight
    return np.where(mass > 0, total, np.nan)
