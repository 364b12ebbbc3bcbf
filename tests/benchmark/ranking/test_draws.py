"""Variances of means and of pairs' differences: against `uncertainty.spread`, pair by pair."""

from dataclasses import replace

import numpy as np
import pytest
from ranked_table import COLUMNS, STIMULI, SUBJECTS, of_pair, parts_of, table

from brainrank.benchmark.ranking.benchmark_weights import CommonShares, shares
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.statistics.uncertainty import spread
from brainrank.benchmark.types.score import Draws


def assert_pairs_are_those_of_spread(values: np.ndarray, cells: dict[tuple[int, int], Draws]) -> None:
    total = parts_of(values, cells).each_pair.total
    for i in range(len(values)):
        for j in range(len(values)):
            if i != j and np.isfinite(values[[i, j]]).all(axis=0).any():
                _, of = of_pair(i, j, values, cells)
                np.testing.assert_allclose([total.variance[i, j], total.freedom[i, j]], spread(of), rtol=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.15, 0.5])
def test_variances_of_pairs_are_those_of_the_same_sums_of_draws(missing: float) -> None:
    assert_pairs_are_those_of_spread(*table(9, missing=missing))


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_large_interaction_leaves_no_less_than_either_part(missing: float) -> None:
    values, cells = table(7, missing=missing, seed=6)
    for key, each in cells.items():
        factors = np.array([[0.3], [1.0], [4.0]])
        cells[key] = replace(each, deviations=(each.deviations * factors).astype(np.float32))
    assert_pairs_are_those_of_spread(values, cells)


def test_some_models_complete_and_some_not_is_one_case() -> None:
    values, cells = table(9)
    for row, column in ((2, 0), (2, 4), (7, 5), (8, 1)):
        values[row, column] = np.nan
        del cells[row, column]
    assert_pairs_are_those_of_spread(values, cells)


def test_freedom_of_a_pair_is_at_most_that_of_all_pairs_together() -> None:
    values, cells = table(7)
    found, own = parts_of(values, cells).pairs, parts_of(values, cells).each_pair.total
    weights = shares(COLUMNS, np.ones(6, dtype=bool))
    variances = {}  # of each part: its mean over pairs, and its degrees of freedom
    for kind, sets, part in ((0, STIMULI, 0), (1, SUBJECTS, 1), (2, SUBJECTS, 2)):
        for name in dict.fromkeys(sets):
            of_set = [place for place in range(6) if sets[place] == name and name]
            if of_set:
                sums = np.array([
                    sum(weights[k] * cells[m, k].deviations[part].astype(float) for k in of_set) for m in range(7)
                ])  # fmt: skip
                pairs = [np.var(sums[i] - sums[j], ddof=1) for i in range(7) for j in range(i)]
                freedom = 3 if kind else cells[0, of_set[0]].stimulus_freedom
                variances[kind, name] = np.mean(pairs), freedom
    stimuli, subjects, both = ([each for key, each in variances.items() if key[0] == kind] for kind in range(3))
    a, b = sum(each for each, _ in stimuli), sum(each for each, _ in subjects)
    total = max(a + b - sum(each for each, _ in both), a, b)
    doubt = sum(each**2 / freedom for each, freedom in subjects)
    doubt += sum((each / a * (total - b)) ** 2 / freedom for each, freedom in stimuli)
    above = np.triu_indices(7, k=1)
    np.testing.assert_allclose(found.freedom[above], np.fmin(own.freedom[above], total**2 / doubt), rtol=1e-6)


def test_undefined_draws_and_names_of_one_network_are_exact() -> None:
    values, cells = table(8)
    for column in range(6):
        cells[1, column] = replace(cells[0, column], deviations=cells[0, column].deviations.copy())
        moved = cells[0, column].deviations + 1e-6 * cells[2, column].deviations
        cells[2, column] = replace(cells[2, column], deviations=moved)
    cells[3, 2].deviations[:, 5:30] = np.nan
    cells[4, 0].deviations[:, 20:40] = np.nan
    values[5, 3], values[6, 0] = np.nan, np.nan
    del cells[5, 3], cells[6, 0]
    total = parts_of(values, cells).each_pair.total
    assert total.variance[0, 1] == 0
    for i, j in ((0, 2), (3, 4), (3, 5), (5, 6), (1, 6)):
        _, of = of_pair(i, j, values, cells)
        np.testing.assert_allclose([total.variance[i, j], total.freedom[i, j]], spread(of), rtol=1e-6)


def test_a_cell_without_draws_leaves_its_pairs_open() -> None:
    values, cells = table(4)
    values[3, 5] = np.nan
    del cells[3, 5], cells[0, 5]
    total = parts_of(values, cells).pairs
    assert np.isnan(total.variance[0, 1:3]).all()
    # The third and the fourth, and the first and the fourth, are not compared on that benchmark.
    assert np.isfinite(total.variance[[0, 2], [3, 3]]).all()
    too_few = {key: replace(each, deviations=each.deviations[:, :39]) for key, each in cells.items()}
    assert np.isnan(parts_of(values, too_few).pairs.variance[1, 2])


def test_spreads_of_means_follow_the_same_linear_map() -> None:
    values, cells = table(6, missing=0.25, seed=2)
    design = Design(COLUMNS, np.isfinite(values))
    spreads = parts_of(values, cells).means.total
    for model in range(6):
        of = []
        for row, column in cells:
            unit = np.zeros(values.shape)
            unit[row, column] = 1.0
            share = design.effects(unit).models[model]
            of.append(replace(cells[row, column], deviations=share * cells[row, column].deviations.astype(float)))
        np.testing.assert_allclose([spreads.variance[model], spreads.freedom[model]], spread(of), rtol=1e-5)


def test_weights_of_a_pair_are_those_of_what_both_have() -> None:
    has = np.random.default_rng(0).random((12, 6)) < 0.6
    rows = np.arange(12) < 5
    common = CommonShares(COLUMNS, has, rows)
    found = np.stack([common.of(place) for place in range(6)], axis=-1)
    for i in range(5):
        for j in range(12):
            np.testing.assert_allclose(found[i, j], shares(COLUMNS, has[i] & has[j]))
