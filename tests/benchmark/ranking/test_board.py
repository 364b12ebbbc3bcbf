"""The ranking of a board: against least squares, comparisons of pairs, and by simulation."""

from collections.abc import Sequence

import numpy as np
import pytest
from ranked_table import COLUMNS, of_pair, parts_of, table
from scipy.stats import false_discovery_control

from brainrank.benchmark.ranking.benchmark_weights import Column, shares
from brainrank.benchmark.ranking.board import is_ranked, rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.ranking.marginal import Design
from brainrank.benchmark.ranking.paired_models import paired_comparison
from brainrank.benchmark.statistics.uncertainty import spread, two_sided_p
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws


def test_marginal_means_are_least_squares() -> None:
    values, _ = table(7, missing=0.3, seed=4)
    design = Design(COLUMNS, np.isfinite(values))
    assert design.connected.all()
    rows, columns = np.nonzero(np.isfinite(values))
    root = np.sqrt(design.weights[columns])
    fitted = np.zeros((rows.size, 7 + 6))
    fitted[np.arange(rows.size), rows], fitted[np.arange(rows.size), 7 + columns] = root, root
    solved = np.linalg.lstsq(fitted, root * values[rows, columns], rcond=None)[0]
    expected = solved[:7] + design.weights @ solved[7:]
    np.testing.assert_allclose(design.effects(values).models, expected)


def test_with_complete_cells_the_marginal_mean_is_the_mean_of_means() -> None:
    values, cells = table(5)
    found = rank_models(values, COLUMNS, GivenDraws(cells))
    it = (values[:, :2].mean(axis=1) + values[:, 2]) / 2
    expected = (it + values[:, 3:5].mean(axis=1) + values[:, 5]) / 3
    np.testing.assert_allclose(found.means, expected)
    np.testing.assert_allclose(found.groups["it"], it)
    assert (found.deductions == 0).all()
    np.testing.assert_array_equal(found.lines, np.argsort(-expected))


def test_a_complete_model_has_its_mean_whatever_others_lack() -> None:
    values, cells = table(6, missing=0.4, seed=1)
    complete, whole = table(6, seed=1)
    values[0], cells = complete[0], {**cells, **{(0, column): whole[0, column] for column in range(6)}}
    found = rank_models(values, COLUMNS, GivenDraws(cells))
    assert found.means[0] == pytest.approx(shares(COLUMNS, np.ones(6, dtype=bool)) @ values[0])


def test_an_easy_benchmark_alone_puts_nobody_first() -> None:
    values, cells = table(8)
    values[7] = np.nan
    values[:, 0] += 10
    values[7, 0] = values[:7, 0].min() - 1
    cells = {key: each for key, each in cells.items() if key[0] < 7} | {(7, 0): cells[7, 0]}
    found = rank_models(values, COLUMNS, GivenDraws(cells))
    assert not found.ranked[7]
    assert np.isnan(found.first[7])
    assert found.lines[-1] == 7
    assert found.coverage[7] == 1
    assert found.means[7] < found.means[:7].max()


def test_a_rank_needs_half_of_the_benchmarks_and_one_of_each_group() -> None:
    has = np.array(
        [[1, 1, 1, 0, 0, 0], [1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1], [0] * 6], dtype=bool
    )
    np.testing.assert_array_equal(is_ranked(has, COLUMNS), [False, True, False, True, False])


def test_models_that_share_nothing_have_no_common_scale() -> None:
    values = np.full((5, 6), np.nan)
    values[:3, :4] = np.random.default_rng(0).normal(size=(3, 4))
    values[3:, 4:] = 1.0
    found = rank_models(values, COLUMNS, GivenDraws({}))
    np.testing.assert_array_equal(found.apart, [False, False, False, True, True])
    assert np.isnan(found.means[3:]).all()
    assert np.isfinite(found.means[:3]).all()
    np.testing.assert_array_equal(found.lines, [*sorted(range(3), key=lambda model: -found.means[model]), 3, 4])


@pytest.mark.parametrize("count", [8, 40])
def test_half_of_what_is_gained_by_leaving_out_the_worst_is_deducted(count: int) -> None:
    """Simulated: of 60 models one leaves out half of its benchmarks, or one of them, as suits it best."""
    rng, n = np.random.default_rng(0), 60
    columns = [Column(str(k), str(k), "s") for k in range(count)]
    for left_out in (count // 2, 1):
        gained, owed = [], []
        for _ in range(40):
            own = 0.5 * rng.normal(size=(n, count))
            values = rng.normal(size=(n, 1)) + rng.normal(size=count) + own
            seen = values.copy()
            seen[0, np.argsort(own[0])[:left_out]] = np.nan
            found = rank_models(seen, columns, GivenDraws({}))
            gained.append(found.means[0] - values[0].mean())
            owed.append(found.deductions[0])
            assert (found.deductions[1:] == 0).all()
        assert 2 * np.mean(owed) == pytest.approx(np.mean(gained), rel=0.35)


def test_an_interval_tells_what_is_lacking_at_random() -> None:
    """Simulated: the standard deviation of what a mean over some benchmarks differs from that of all."""
    rng, n = np.random.default_rng(0), 60
    columns = [Column(str(k), str(k), "s") for k in range(8)]
    off, told = [], []
    for _ in range(40):
        values = rng.normal(size=(n, 1)) + rng.normal(size=8) + 0.5 * rng.normal(size=(n, 8))
        seen = values.copy()
        seen[0, rng.permutation(8)[:4]] = np.nan
        design = Design(columns, np.isfinite(seen))
        off.append(design.effects(seen).models[0] - values[0].mean())
        errors = design.errors_of_lacking(seen)
        told.append(errors[0])
        assert (errors[1:] == 0).all()
    assert np.mean(told) == pytest.approx(0.5 * np.sqrt(1 / 8), rel=0.05)
    assert np.std(off) == pytest.approx(np.mean(told), rel=0.3)


def test_what_a_model_lacks_is_added_to_the_variance_of_its_mean() -> None:
    values, cells = table(12)
    values[0, :3] = np.nan
    found = rank_models(values, COLUMNS, GivenDraws({key: each for key, each in cells.items() if key[0] or key[1] > 2}))
    parts = parts_of(values, cells).means.total
    lacking = Design(COLUMNS, np.isfinite(values)).errors_of_lacking(values)
    assert found.spreads.variance[0] == pytest.approx(parts.variance[0] + lacking[0] ** 2)
    assert found.spreads.freedom[0] > 0
    np.testing.assert_allclose(found.spreads.variance[1:], parts.variance[1:])
    np.testing.assert_allclose(found.spreads.freedom[1:], parts.freedom[1:])


def test_pairs_of_a_board_are_those_of_a_comparison() -> None:
    values, cells = table(6, seed=3)
    found = rank_models(values, COLUMNS, GivenDraws(cells))
    p, pairs = [], [(i, j) for i in range(6) for j in range(i + 1, 6)]
    for i, j in pairs:
        draws = [[cells[model, place] for place in range(6)] for model in (i, j)]
        paired = paired_comparison(values[[i, j]], draws, COLUMNS)
        difference, of = of_pair(i, j, values, cells)
        assert paired.difference == pytest.approx(difference)
        assert paired.p == pytest.approx(two_sided_p(difference, spread(of)))
        assert paired.interval.low < paired.difference < paired.interval.high
        p.append(paired.p)
    better = np.zeros((6, 6), dtype=bool)
    for (i, j), q in zip(pairs, false_discovery_control(p), strict=True):
        if q < 0.05:
            better[(i, j) if found.means[i] > found.means[j] else (j, i)] = True
    assert better.any()
    np.testing.assert_array_equal(found.first, 1 + better.sum(axis=0))
    np.testing.assert_array_equal(found.last, 6 - better.sum(axis=1))


def test_two_without_a_benchmark_in_common_have_no_difference() -> None:
    values, draws = np.array([[1.0, np.nan], [np.nan, 1.0]]), [[None, None], [None, None]]
    paired = paired_comparison(values, draws, COLUMNS[:2])
    assert np.isnan([paired.difference, paired.p, paired.interval.low]).all()
    assert paired.shared == []


def test_each_benchmark_needs_its_column() -> None:
    with pytest.raises(InvalidDataError, match="5 columns of 6"):
        rank_models(np.zeros((2, 6)), COLUMNS[:5], GivenDraws({}))


@pytest.mark.parametrize("n_models", [0, 1])
def test_none_and_one_model_are_no_errors(n_models: int) -> None:
    values, cells = table(n_models)
    found = rank_models(values, COLUMNS, GivenDraws(cells))
    assert list(found.first) == [1.0] * n_models
    assert list(found.last) == [1.0] * n_models


def test_six_equal_models_are_seldom_told_apart() -> None:
    """Errors of stimuli and of four subjects; with each pair's own degrees of freedom 15 % of boards were split."""
    rng, split = np.random.default_rng(0), 0
    columns: Sequence[Column] = [Column("one", "it", "one")]
    for _ in range(200):
        by_stimulus, by_subject = rng.normal(size=(6, 50)), rng.normal(size=(6, 4))
        values = (by_stimulus.mean(axis=1) + by_subject.mean(axis=1))[:, None]
        p, r = rng.multinomial(50, np.full(50, 0.02), size=200), rng.multinomial(4, np.full(4, 0.25), size=200)
        cells = {}
        for model in range(6):
            parts = np.stack([
                np.sqrt(50 / 49) * (p @ by_stimulus[model] / 50 - by_stimulus[model].mean()),
                np.sqrt(4 / 3) * (r @ by_subject[model] / 4 - by_subject[model].mean()),
                np.zeros(200),
            ])  # fmt: skip
            cells[model, 0] = Draws(parts.astype(np.float32), 49, 3, "images", "people")
        split += bool((rank_models(values, columns, GivenDraws(cells)).first > 1).any())
    assert split / 200 < 0.06
