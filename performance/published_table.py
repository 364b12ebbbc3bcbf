"""What cells that are missing, and seeds, do to places on a real table of others' scores.

The table has neither intervals nor draws. Every benchmark weighs the same here, in one group, so that a network needs
three of five to have a rank: with groups by region, as boards here have, one that lacks a region has none.

Seeds of one architecture on the same data, with the same objective, are the null: nobody would say that one of them is
the better model.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.api.settings import Settings
from brainrank.benchmark.ranking.benchmark_weights import Column
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.ranking.places import LEVEL, is_better, places
from brainrank.benchmark.ranking.spreads import p_values
from brainrank.benchmark.statistics.variance_parts import Spreads
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.published.catalogue import publication
from brainrank.datasets.published.scores import PublishedLine, benchmarks_of, lines_of

REPEATS, FEW, MANY_PLACES, MANY_IMAGES = 20, 0.05, 50, 1e7
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Table(NamedTuple):
    """A published table: its lines, its benchmarks, and the scores; NaN where there is none."""

    lines: Sequence[PublishedLine]
    benchmarks: Sequence[str]
    scores: Reals


def read_table(name: str) -> Table:
    """The published table of that name."""
    lines = lines_of(publication(name).load(Settings().locations, Silent()))
    benchmarks = benchmarks_of(lines)
    return Table(lines, benchmarks, np.array([[each.scores[name] for name in benchmarks] for each in lines]))


def complete_part(table: Table) -> Table:
    """The networks that have all benchmarks."""
    complete = np.isfinite(table.scores).all(axis=1)
    lines = [line for line, has_all in zip(table.lines, complete, strict=True) if has_all]
    return Table(lines, table.benchmarks, table.scores[complete])


def columns_of(count: int) -> list[Column]:
    """Benchmarks that weigh the same: each a study of its own, in one group."""
    return [Column(f"benchmark{place}", "all", f"study{place}") for place in range(count)]


# --- what cells that are missing do to places -------------------------------------------------------------------------


def plain_means(scores: Reals) -> Reals:
    """The mean over whatever a network has."""
    return np.nanmean(scores, axis=1)


def marginal_means(scores: Reals) -> Reals:
    """Marginal means, less what is deducted for benchmarks that a network lacks: what our lines stand by."""
    design = Design(columns_of(scores.shape[1]), np.isfinite(scores))
    return np.asarray(design.effects(scores).models - design.deductions(scores))


RULES: Mapping[str, Callable[[Reals], Reals]] = {
    "mean over what it has": plain_means,
    "marginal mean less deduction": marginal_means,
}


def at_random(scores: Reals, count: int, rng: np.random.Generator) -> Flags:
    """Which cells a network loses: any."""
    return _first(rng.random(scores.shape), count)


def lowest(scores: Reals, count: int, _rng: np.random.Generator) -> Flags:
    """Those it has the lowest scores on: what somebody who reports only successes leaves out."""
    return _first(scores, count)


def worst_standing(scores: Reals, count: int, _rng: np.random.Generator) -> Flags:
    """Those it stands worst on among all networks."""
    return _first(-scipy.stats.rankdata(-scores, axis=0), count)


def _first(values: Reals, count: int) -> Flags:
    return np.argsort(np.argsort(values, axis=1), axis=1) < count


HOW: Mapping[str, Callable[[Reals, int, np.random.Generator], Flags]] = {
    "at random": at_random,
    "its lowest scores": lowest,
    "those it stands worst on": worst_standing,
}


def standing(values: Reals) -> Reals:
    """Places by value, the highest first."""
    return np.asarray(scipy.stats.rankdata(-values, method="ordinal"), dtype=np.float64)


def moves(scores: Reals, *, whole: Reals, rng: np.random.Generator) -> list[list[str]]:
    """A row for each way of taking cells away: places moved, and gained by those that lost some."""
    rows = []
    for share in (1.0, FEW):
        for how, lost in HOW.items():
            for count in (1, 2):
                found: dict[str, list[Reals]] = defaultdict(list)
                for _ in range(REPEATS):
                    losers = rng.random(len(scores)) < share
                    left = np.where(lost(scores, count, rng) & losers[:, None], np.nan, scores)
                    for rule, values in RULES.items():
                        found[rule].append((whole - standing(values(left)))[losers])
                rows += [
                    [
                        "all" if share == 1 else f"{share:.0%}",
                        how,
                        f"{count} of 5",
                        rule,
                        *_told(np.concatenate(gained)),
                    ]
                    for rule, gained in found.items()
                ]
    return rows


def _told(gained: Reals) -> list[str]:
    moved = np.abs(gained)
    return [
        f"{gained.mean():+.0f}",
        f"{np.median(moved):.0f}",
        f"{np.quantile(moved, 0.95):.0f}",
        f"{np.mean(gained > MANY_PLACES):.0%}",
    ]


# --- seeds as the null ------------------------------------------------------------------------------------------------


def seed_groups(table: Table) -> list[list[int]]:
    """The rows of networks that differ in their seed alone, where there are three."""
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, line in enumerate(table.lines):
        each = line.model
        if np.isfinite([each.samples_seen, *table.scores[place]]).all():
            found[each.architecture, each.training_data, each.objective, each.samples_seen].append(place)
    return [
        rows for rows in found.values() if len(rows) == 3 and len({table.lines[row].model.seed for row in rows}) == 3
    ]


def pooled_sd(values: Reals, groups: Sequence[Sequence[int]]) -> float:
    """The standard deviation between seeds, pooled over settings."""
    return float(np.sqrt(np.mean([np.var(values[list(rows)], ddof=1) for rows in groups])))


def regimes(table: Table, groups: Sequence[Sequence[int]]) -> dict[str, list[Sequence[int]]]:
    """Settings by how much was seen."""
    found: dict[str, list[Sequence[int]]] = {"untrained": [], "under 10 million images": [], "10 million or more": []}
    for rows in groups:
        seen = table.lines[rows[0]].model.samples_seen
        found[
            "untrained" if seen == 0 else "under 10 million images" if seen < MANY_IMAGES else "10 million or more"
        ].append(rows)
    return found


def spread_rows(table: Table, means: Reals, groups: Sequence[Sequence[int]]) -> list[list[str]]:
    """Spread of seeds by regime: of each benchmark, of the mean, and in places."""
    place = standing(means)
    rows = []
    for name, of_it in regimes(table, groups).items():
        apart = np.array([np.ptp(place[list(each)]) for each in of_it])
        rows.append(
            [
                name,
                str(len(of_it)),
                *(f"{pooled_sd(column, of_it):.3f}" for column in table.scores.T),
                f"{pooled_sd(means, of_it):.3f}",
                f"{np.median(apart):.0f}",
                f"{np.quantile(apart, 0.95):.0f}",
            ]
        )
    return rows


def pairs_of(groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Every pair of seeds of one setting."""
    return np.array([pair for rows in groups for pair in combinations(rows, 2)])


def told_by_scores(scores: Reals, pairs: NDArray[np.int64]) -> dict[str, Flags]:
    """Which pairs the rules that need only a table's scores call different."""
    differences = scores[pairs[:, 0]] - scores[pairs[:, 1]]
    means = np.abs(differences.mean(axis=1))
    return {
        "the means differ by .001 or more": means >= 0.001,
        "the means differ by .01 or more": means >= 0.01,
        "one is better on all benchmarks": np.abs(np.sign(differences).sum(axis=1)) == differences.shape[1],
        "paired t test over the benchmarks, p < .05": scipy.stats.ttest_1samp(differences, 0.0, axis=1).pvalue < LEVEL,
    }


def random_pairs(count: int, *, rng: np.random.Generator, of: int) -> NDArray[np.int64]:
    """Pairs of any networks, the null's counterpart."""
    first = rng.integers(of, size=count)
    return np.column_stack([first, (first + rng.integers(1, of, size=count)) % of])


def held_out(means: Reals, groups: Sequence[Sequence[int]], *, rng: np.random.Generator) -> float:
    """How often seeds are told apart at p < .05 by the spread of seeds of other settings (halves, drawn anew)."""
    told = []
    for _ in range(10 * REPEATS):
        order = rng.permutation(len(groups))
        known, tested = ([groups[each] for each in half] for half in np.array_split(order, 2))
        variance, freedom = 2 * pooled_sd(means, known) ** 2, 2.0 * len(known)
        pairs = pairs_of(tested)
        distance = np.abs(means[pairs[:, 0]] - means[pairs[:, 1]])
        spreads = Spreads(np.full(distance.shape, variance), np.full(distance.shape, freedom))
        told.append(np.mean(p_values(distance, spreads) < LEVEL))
    return float(np.mean(told))


def places_by_seeds(means: Reals, sd: float, freedom: int) -> Reals:
    """How many places each network may have if seeds were all that is chance."""
    differences = means[:, None] - means
    spreads = Spreads(np.full(differences.shape, 2 * sd**2), np.full(differences.shape, float(freedom)))
    found = places(is_better(differences, p_values(np.abs(differences), spreads)), np.ones(len(means), dtype=np.bool_))
    return np.asarray(found.last - found.first + 1)


# --- the same networks, scored twice ----------------------------------------------------------------------------------


SAME, SAME_READOUT = 1e-6, 1e-3


def again_rows(networks: Table, training: Table) -> list[list[str]]:
    """How far apart the two scores are of networks that stand in both tables with as many images seen.

    By whether all five scores are the same, or the last benchmark's (behaviour, which has no layer of a region) is.
    """
    later = {each.model.key: scores for each, scores in zip(training.lines, training.scores, strict=True)}
    apart = np.array(
        [
            np.abs(scores - later[each.model.key])
            for each, scores in zip(networks.lines, networks.scores, strict=True)
            if each.model.key in later
        ]
    )
    same = (apart < SAME).all(axis=1)
    readout = ~same & (apart[:, -1] < SAME_READOUT)
    kinds = {"all five the same": same, "behaviour the same": readout, "none the same": ~same & ~readout}
    return [
        [kind, str(which.sum()), *(f"{np.median(column):.3f} ({column.max():.3f})" for column in apart[which].T)]
        for kind, which in kinds.items()
        if which.any()
    ]
