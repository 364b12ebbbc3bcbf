"""Our marginal means and places on a real table of others' scores: `python -m performance.published_ranks`, 10 s.

Writes performance/RESULTS-published.md; what follows for reading boards is in docs/decisions/published-scores.md.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from performance.published_table import (
    FEW,
    MANY_PLACES,
    REPEATS,
    Flags,
    Reals,
    Table,
    again_rows,
    columns_of,
    complete_part,
    held_out,
    moves,
    pairs_of,
    places_by_seeds,
    pooled_sd,
    random_pairs,
    read_table,
    regimes,
    seed_groups,
    spread_rows,
    standing,
    told_by_scores,
)

PAGE = Path(__file__).with_name("RESULTS-published.md")
SEED, RANDOM_PAIRS = 20241105, 5000
AREAS = ("V1", "V2", "V4", "IT", "behaviour")
INTRODUCTION = """# Ranking rules on a table of others' scores

Made by `python -m performance.published_ranks`. The table is `gokce2024` (Gokce & Schrimpf 2024, arXiv:2411.05712):
{models} networks on five public benchmarks of Brain-Score, all of {complete} of them. The numbers are theirs; nothing
here enters a board. The five benchmarks weigh the same. What follows: docs/decisions/published-scores.md.

Given the table as it is, without draws, our rule tells nobody apart: all {models} networks may have any place from
{first} to {last}. The other sections ask what a reader could still know."""
MOVES = """## Cells taken away

Places gained (above 0) against the order by the mean of all five, and places moved either way, of the networks that
lost cells; {repeats} draws. "All": every network loses as many; "{few}": one in twenty does, and the others have all.
"Up by more than {many}" is the share that stands more than {many} places too high."""
SEEDS = """## Seeds

Settings (architecture, data, objective, images seen) with three seeds and all five scores. Standard deviation between
seeds, pooled, and how many places lie between the best and the worst of three seeds."""
NULL = """## How often a rule that has only scores tells two networks apart

"Seeds" are all pairs of seeds of one setting, with the standard error over settings in brackets; "neighbours" stand
next to each other by their mean; "any two" are {pairs} pairs drawn at random. The last rule takes the spread of seeds
from half of the settings (normal errors, equal for all) and tries it on pairs of seeds of the other half."""
ENOUGH = """## If seeds were all that is chance

How many places a network may have by `benchmark/ranking/places.py` if the standard deviation between seeds were that of
a regime and nothing else varied: images, neurons and the choice of layer would come on top. The mean of the best
network is {best:.3f}, neighbours are {gap:.4f} apart (median)."""
AGAIN = """## The same networks in both of the study's tables

Networks that stand in the table of training runs under the same name, with as many images seen: median difference of
the two scores without its sign, and the largest."""


def table_text(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows))


def main() -> None:
    """Compute everything, and write the page."""
    rng = np.random.default_rng(SEED)
    table = read_table("gokce2024")
    whole = complete_part(table)
    means = whole.scores.mean(axis=1)
    sections = [
        *_without_draws(table, whole),
        *_moves(whole, means, rng=rng),
        *_seeds(whole, means, rng=rng),
        AGAIN,
        table_text(["", "networks", *AREAS], again_rows(table, read_table("gokce2024-training"))),
    ]
    PAGE.write_text("\n\n".join(sections) + "\n")
    print(f"Written: {PAGE}")


def _without_draws(table: Table, whole: Table) -> list[str]:
    found = rank_models(table.scores, columns_of(len(table.benchmarks)), GivenDraws({}))
    first, last = int(found.first.max()), int(found.last.min())
    return [INTRODUCTION.format(models=len(table.lines), complete=len(whole.lines), first=first, last=last)]


def _moves(whole: Table, means: Reals, *, rng: np.random.Generator) -> list[str]:
    headings = ["who", "loses", "cells", "rule", "gained, mean", "moved, median", "moved, 95 %"]
    rows = moves(whole.scores, whole=standing(means), rng=rng)
    return [
        MOVES.format(repeats=REPEATS, few=f"{FEW:.0%}", many=MANY_PLACES),
        table_text([*headings, f"up by more than {MANY_PLACES}"], rows),
    ]


def _seeds(whole: Table, means: Reals, *, rng: np.random.Generator) -> list[str]:
    groups = seed_groups(whole)
    of_regime = regimes(whole, groups)
    order = np.argsort(-means)
    null = told_by_scores(whole.scores, pairs_of(groups))
    near = told_by_scores(whole.scores, np.column_stack([order[:-1], order[1:]]))
    every = told_by_scores(whole.scores, random_pairs(RANDOM_PAIRS, rng=rng, of=len(means)))
    rules = [[name, _with_error(null[name]), *(f"{each[name].mean():.3f}" for each in (near, every))] for name in null]
    rules += [
        [f"spread of other settings' seeds, p < .05: {name}", f"{held_out(means, of_it, rng=rng):.3f}", "-", "-"]
        for name, of_it in {"all": groups, **of_regime}.items()
    ]
    enough = []
    for name, of_it in of_regime.items():
        sd = pooled_sd(means, of_it)
        found = places_by_seeds(means, sd, 2 * len(of_it))
        top = ", ".join(f"{each:.0f}" for each in found[order[:3]])
        enough.append([name, f"{sd:.4f}", top, f"{np.median(found):.0f}", f"{np.quantile(found, 0.95):.0f}"])
    apart = ["of the mean", "places apart, median", "95 %"]
    return [
        SEEDS,
        table_text(["", "settings", *AREAS, *apart], spread_rows(whole, means, groups)),
        NULL.format(pairs=f"{RANDOM_PAIRS:,}"),
        table_text(["rule", "seeds", "neighbours", "any two"], rules),
        ENOUGH.format(best=means.max(), gap=np.median(-np.diff(means[order]))),
        table_text(["seeds of", "their sd", "places of the best three", "median of all", "95 %"], enough),
    ]


def _with_error(told: Flags) -> str:
    """A share of pairs, with its standard error over settings: the three pairs of a setting are not independent."""
    shares = told.reshape(-1, 3).mean(axis=1)
    return f"{shares.mean():.3f} ({shares.std(ddof=1) / np.sqrt(len(shares)):.3f})"


if __name__ == "__main__":
    main()
