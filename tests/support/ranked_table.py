"""A made table of models and six benchmarks in three groups, with draws that models and benchmarks partly share."""

from dataclasses import replace

import numpy as np

from brainrank.benchmark.ranking.benchmark_weights import Column, shares
from brainrank.benchmark.ranking.draws import BoardParts, GivenDraws
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.types.score import Draws

COLUMNS = [
    Column("a.1", "it", "a"),
    Column("a.2", "it", "a"),
    Column("b.1", "it", "b"),
    Column("b.2", "v4", "b"),
    Column("c.1", "v4", "c"),
    Column("d.1", "behaviour", "d"),
]
# Benchmarks of a study share stimuli, and two of them their subjects, too.
STIMULI = ["images-a", "images-a", "images-b", "images-b", "images-c", "images-d"]
SUBJECTS = ["people", "people", "", "monkeys", "", "others"]
N_DRAWS = 120


def table(n_models: int, *, seed: int = 0, missing: float = 0.0) -> tuple[np.ndarray, dict[tuple[int, int], Draws]]:
    """Values of models on the six benchmarks, some of them missing, with draws that models partly share."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_models, 1)) + rng.normal(size=len(COLUMNS)) + rng.normal(size=(n_models, 6))
    values[rng.random(values.shape) < missing] = np.nan
    shared = {name: rng.normal(size=(3, N_DRAWS)) for name in (*STIMULI, *SUBJECTS)}
    cells = {}
    for row, column in np.argwhere(np.isfinite(values)):
        parts = 0.3 * rng.normal(size=(3, N_DRAWS)) + shared[STIMULI[column]]
        parts[1:] = (parts[1:] + shared[SUBJECTS[column]][1:]) * (SUBJECTS[column] != "")
        freedom = 3 if SUBJECTS[column] else 0
        draws = Draws(parts.astype(np.float32), 40 + len(STIMULI[column]), freedom, STIMULI[column], SUBJECTS[column])
        cells[int(row), int(column)] = draws
    return values, cells


def of_pair(i: int, j: int, values: np.ndarray, cells: dict[tuple[int, int], Draws]):
    """The definition: a weighted sum of the draws of both models, for `spread`."""
    both = np.isfinite(values[[i, j]]).all(axis=0)
    weights = shares(COLUMNS, both)
    parts = [
        replace(cells[model, place], deviations=sign * weights[place] * cells[model, place].deviations.astype(float))
        for model, sign in ((i, 1), (j, -1))
        for place in np.flatnonzero(both)
    ]
    return float(np.nansum(weights * (values[i] - values[j]))), parts


def parts_of(values: np.ndarray, cells: dict[tuple[int, int], Draws]) -> BoardParts:
    parts = BoardParts(Design(COLUMNS, np.isfinite(values)), np.ones(len(values), dtype=bool))
    parts.add(GivenDraws(cells))
    return parts
