"""Boards with cells left out: what happens to places, on the real table of docs/results.md.

Values and intervals are those of the table. Its draws are not in it: normal ones are made, as wide as the intervals, of
which models share a part (`SHARED` of the variance), as images and subjects are hard or easy for all of them. Draws of
benchmarks are independent of each other. From the whole table and from what is left of it the places are computed, by
the rule there is now and by the one before (a mean over whatever a model has, normal p values).

- All models lose half of their benchmarks, but have one in each group, at random, or keeping those they are best on:
  how often do the places from what is left hold the model's place in the whole table (by its mean)?
- One model at a time leaves benchmarks out, at random, or keeping those it is best on, by value or by its standing
  among models; the others have all: how many places does it gain?
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.ranking.benchmark_weights import Column, shares
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.ranking.places import is_better, places
from brainrank.benchmark.types.score import Draws

RESULTS = Path(__file__).parents[2] / "docs" / "results.md"
SHARED, N_DRAWS, N_STIMULI, N_SUBJECTS = 0.8, 200, 92, 10
# A cell: a score with its interval, in round brackets where it is raw and does not count, and perhaps its run.
CELL = re.compile(r"^(-?\d*\.\d+) \[(-?\d*\.\d+) to (-?\d*\.\d+)\]")
RANDOM, HIGHEST, BEST, ALL_BUT_ONE = (
    "half at random",
    "the half with the highest scores",
    "the half it stands best on",
    "all but the one it stands worst on",
)
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


class RealTable(NamedTuple):
    """Shares of the noise ceiling of models on counted benchmarks, and their standard errors."""

    models: Sequence[str]
    columns: Sequence[Column]
    values: Reals
    errors: Reals


class Standing(NamedTuple):
    """A model's line, from 1, and its places; NaN for models without a rank."""

    line: Reals
    first: Reals
    last: Reals


class LeftOut(NamedTuple):
    """What came of leaving benchmarks out under a rule, by the way in which they were.

    `held` is the share of models, all of which lost half of their benchmarks, whose places hold the one in the whole
    table, `width` from the first to the last of these, at random. `gained` are means over models, with their standard
    errors: lines, first and last places. Above zero is a gain. `beyond` is the share of models whose place in the whole
    table is worse than all the places they then may have.
    """

    rule: str
    held: Mapping[str, float]
    width: float
    gained: Mapping[str, tuple[tuple[float, float], ...]]
    beyond: Mapping[str, float]


def real_table(text: str) -> RealTable:
    """Read the page of results: raw or as shares of the noise ceiling; what does not count on the board is left out."""
    raw, not_counted = "Convention: raw" in text, set(re.findall(r"^- (\S+): ", text, flags=re.M))
    cells: dict[str, dict[str, tuple[float, float]]] = {}
    columns, found = [], {}
    for section in re.split(r"^### ", text.split("\n## ")[0], flags=re.M)[1:]:
        group, _, body = section.partition("\n")
        lines = [
            [each.strip() for each in line.strip("|\n").split("|")] for line in body.splitlines() if line[:1] == "|"
        ]
        names = [each.split(" ")[0] for each in lines[0][1:]]
        ceilings = {name: _number(each.split(" ")[0]) for name, each in zip(names, lines[-1][1:], strict=True)}
        for place, name in enumerate(names, start=1):
            known = {line[0]: match for line in lines[2:-1] if (match := CELL.match(line[place]))}
            if name not in not_counted and known and ceilings[name] > 0:
                columns.append(Column(name, group, name.split(".")[0]))
                found[name] = {model: [float(each) for each in match.groups()] for model, match in known.items()}
                scale = ceilings[name] if raw else 1.0
                for model, (value, low, high) in found[name].items():
                    cells.setdefault(model, {})[name] = value / scale, (high - low) / 3.92 / scale
    whole = [model for model, row in cells.items() if len(row) == len(columns)]
    table = np.array([[cells[model][each.name] for each in columns] for model in whole])
    return RealTable(whole, columns, table[..., 0], table[..., 1])


def draws_of(table: RealTable, rng: np.random.Generator) -> Mapping[tuple[int, int], Draws]:
    """Draws of stimuli and of subjects, half of the variance each, without interaction."""
    cells = {}
    for column, about in enumerate(table.columns):
        common = np.sqrt(SHARED) * rng.standard_normal((2, N_DRAWS))
        for model in range(len(table.models)):
            own = np.sqrt(1 - SHARED) * rng.standard_normal((2, N_DRAWS))
            scale = table.errors[model, column] / np.sqrt(2)
            parts = np.vstack([scale * (common + own), np.zeros((1, N_DRAWS))]).astype(np.float32)
            cells[model, column] = Draws(parts, N_STIMULI - 1, N_SUBJECTS - 1, f"stimuli {about.name}", about.name)
    return cells


def left_out(*, repetitions: int, every: int, seed: int = 0, text: str | None = None) -> Sequence[LeftOut]:
    """Leave cells out of the real table: half of all at random so often, and those of each `every`th model."""
    rng = np.random.default_rng(seed)
    table = real_table(RESULTS.read_text() if text is None else text)
    draws = draws_of(table, rng)
    halves = [random_halves(table, rng) for _ in range(repetitions)]
    ways = {
        RANDOM: random_halves(table, rng),
        HIGHEST: best_half(table, table.values),
        BEST: best_half(table, standings(table)),
        ALL_BUT_ONE: all_but_the_worst(table, standings(table)),
    }
    rules = {"before": lambda values: before(table, values), "now": lambda values: now(table, values, draws)}
    return [_left_out(name, rule, table, halves, ways, every) for name, rule in rules.items()]


def now(table: RealTable, values: Reals, draws: Mapping[tuple[int, int], Draws]) -> Standing:
    """Places by marginal means and by pairs on what both have."""
    there = {cell: each for cell, each in draws.items() if np.isfinite(values[cell])}
    found = rank_models(values, table.columns, GivenDraws(there))
    line = np.empty(len(values))
    line[found.lines] = np.arange(1, len(values) + 1)
    return Standing(np.where(found.ranked, line, np.nan), found.first, found.last)


def before(table: RealTable, values: Reals) -> Standing:
    """Places by means over whatever each model has, with normal p values, as they were until November 2026."""
    has = np.isfinite(values)
    weights = np.array([shares(table.columns, each) for each in has])
    means = np.where(has, weights * np.nan_to_num(values), 0.0).sum(axis=1)
    errors = weights * table.errors
    own = (errors**2).sum(axis=1)
    variance = own[:, None] + own - 2 * SHARED * errors @ errors.T
    differences = means[:, None] - means
    np.fill_diagonal(variance, 1.0)
    p = 2 * scipy.special.ndtr(-np.abs(differences) / np.sqrt(variance))
    found = places(is_better(differences, p), np.ones(len(values), dtype=bool))
    line = np.empty(len(values))
    line[np.argsort(-means, kind="stable")] = np.arange(1, len(values) + 1)
    return Standing(line, found.first, found.last)


def standings(table: RealTable) -> Reals:
    """How far each model is above the mean of models on each benchmark, in standard deviations of models."""
    return np.asarray((table.values - table.values.mean(axis=0)) / table.values.std(axis=0))


def random_halves(table: RealTable, rng: np.random.Generator) -> Flags:
    """Half of each model's benchmarks, one in each group at least."""
    return best_half(table, rng.random(table.values.shape))


def best_half(table: RealTable, by: Reals) -> Flags:
    """The half of each model's benchmarks that is highest, but the highest of each group at least."""
    return np.array([_kept(table.columns, row, (len(table.columns) + 1) // 2) for row in by])


def all_but_the_worst(table: RealTable, by: Reals) -> Flags:
    """All of each model's benchmarks but the lowest, as long as each group has one."""
    return np.array([_kept(table.columns, row, len(table.columns) - 1) for row in by])


def _kept(columns: Sequence[Column], by: Reals, count: int) -> Flags:
    order = [int(each) for each in np.argsort(-by)]
    first = [next(k for k in order if columns[k].group == group) for group in {each.group for each in columns}]
    kept = np.zeros(len(columns), dtype=bool)
    kept[[*first, *(k for k in order if k not in first)][:count]] = True
    return kept


def _left_out(
    name: str,
    rule: Callable[[Reals], Standing],
    table: RealTable,
    halves: Sequence[Flags],
    ways: Mapping[str, Flags],
    every: int,
) -> LeftOut:
    whole = rule(table.values)
    left = [rule(np.where(each, table.values, np.nan)) for each in halves]
    held = {RANDOM: float(np.mean([_holds(each, whole) for each in left]))}
    for way in (HIGHEST, BEST):
        held[way] = float(np.mean(_holds(rule(np.where(ways[way], table.values, np.nan)), whole)))
    gained, beyond = {}, {}
    for way, kept in ways.items():
        changes, lost = [], []
        for model in range(0, len(table.models), every):
            values = table.values.copy()
            values[model, ~kept[model]] = np.nan
            found = rule(values)
            changes.append([before_it[model] - after[model] for before_it, after in zip(whole, found, strict=True)])
            lost.append(whole.line[model] > found.last[model])
        each = np.array(changes)
        errors = each.std(axis=0, ddof=1) / np.sqrt(len(each))
        gained[way] = tuple((float(mean), float(error)) for mean, error in zip(each.mean(axis=0), errors, strict=True))
        beyond[way] = float(np.mean(lost))
    width = float(np.mean([each.last - each.first for each in left]))
    return LeftOut(name, held, width, gained, beyond)


def _holds(found: Standing, whole: Standing) -> Flags:
    return np.asarray((found.first <= whole.line) & (whole.line <= found.last))


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"-?\d*\.\d+", text) else float("nan")
