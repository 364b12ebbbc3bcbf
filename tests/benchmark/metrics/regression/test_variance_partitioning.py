"""Parts of explained variance: against explicit loops over scikit-learn's ridge, and on data whose parts are known."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from brainrank.benchmark.metrics.regression.banded import banded_ridge
from brainrank.benchmark.metrics.regression.folds import assign_folds
from brainrank.benchmark.metrics.regression.variance_partitioning import (
    held_out_r2,
    residuals,
    variance_partition,
)
from brainrank.benchmark.types.errors import InvalidDataError

PENALTIES = np.logspace(-4, 4, 33)


def partition(spaces, responses, fold_of, units=None):
    grams = [[x @ x.T for x in spaces]] * (fold_of.max() + 1)
    return variance_partition(
        grams, responses, fold_of=fold_of, units=np.arange(len(responses)) if units is None else units
    )


def r2_by_loops(spaces, ratios, responses, fold_of):
    """R2 of banded ridge on these spaces: every ratio of weights, scikit-learn's leave-one-out for every penalty."""
    left, total = np.zeros(responses.shape[1]), np.zeros(responses.shape[1])
    for fold in range(fold_of.max() + 1):
        train, test = fold_of != fold, fold_of == fold
        best, predicted = np.full(responses.shape[1], -np.inf), np.zeros(responses[test].shape)
        for ratio in ratios:
            columns = []
            for x, share in zip(spaces, np.array(ratio) / sum(ratio), strict=True):
                size = np.sqrt(((x[train] - x[train].mean(0)) ** 2).sum() / train.sum())
                columns.append(x * np.sqrt(share) / size)
            scaled = np.hstack(columns)
            model = RidgeCV(alphas=PENALTIES, alpha_per_target=True).fit(scaled[train], responses[train])
            better = model.best_score_ > best + 1e-12
            best[better] = model.best_score_[better]
            predicted[:, better] = model.predict(scaled[test])[:, better]
        for target in range(responses.shape[1]):
            y = responses[test, target] - responses[test, target].mean()
            p = predicted[:, target] - predicted[:, target].mean()
            left[target] += ((y - p) ** 2).sum()
            total[target] += (y**2).sum()
    return 1 - left / total


@pytest.fixture(scope="module")
def simulated():
    rng = np.random.default_rng(0)
    n = 50
    common = rng.standard_normal((n, 3))
    spaces = [np.hstack([common, rng.standard_normal((n, p))]) * scale for p, scale in ((4, 1), (30, 50), (9, 0.01))]
    mixed = [x / x.std() @ rng.standard_normal((x.shape[1], 6)) * rng.random(6) for x in spaces]
    responses = sum(mixed) + rng.standard_normal((n, 6))
    return spaces, responses, assign_folds(n, folds=3, rng=rng)


HALVES, TENTHS = [10.0**-e for e in np.arange(0, 3.5, 0.5)], [1, 0.1, 0.01, 0.001]
PAIR = [(1, 0), (0, 1), *((1, h) for h in HALVES), *((h, 1) for h in HALVES[1:])]


def test_two_spaces_are_explicit_loops_over_scikit_learn(simulated):
    (a, b, _), responses, fold_of = simulated
    found = partition([a, b], responses, fold_of)
    only_a, only_b = (r2_by_loops([x], [(1,)], responses, fold_of) for x in (a, b))
    both = r2_by_loops([a, b], PAIR, responses, fold_of)
    np.testing.assert_allclose(found.r2[0, 1].values, both, atol=1e-6)
    np.testing.assert_allclose(found.parts[(0,)].values, both - only_b, atol=1e-6)
    np.testing.assert_allclose(found.parts[(1,)].values, both - only_a, atol=1e-6)
    np.testing.assert_allclose(found.parts[0, 1].values, only_a + only_b - both, atol=1e-6)
    assert found.reasons == ("",) * 6


def test_three_spaces_are_explicit_loops_over_scikit_learn(simulated):
    spaces, responses, fold_of = simulated
    found = partition(spaces, responses, fold_of)
    a, b, c = (r2_by_loops([x], [(1,)], responses, fold_of) for x in spaces)
    ab, ac, bc = (r2_by_loops([spaces[i], spaces[j]], PAIR, responses, fold_of) for i, j in ((0, 1), (0, 2), (1, 2)))
    ratios = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    for places in ((0, 1), (0, 2), (1, 2)):
        for pair in PAIR[2:]:
            ratio = [0.0, 0.0, 0.0]
            ratio[places[0]], ratio[places[1]] = pair
            ratios.append(tuple(ratio))
    ratios += [(x, y, z) for x in TENTHS for y in TENTHS for z in TENTHS if max(x, y, z) == 1]
    abc = r2_by_loops(spaces, ratios, responses, fold_of)
    expected = {
        (0,): abc - bc,
        (1,): abc - ac,
        (2,): abc - ab,
        (0, 1): ac + bc - c - abc,
        (0, 2): ab + bc - b - abc,
        (1, 2): ab + ac - a - abc,
        (0, 1, 2): a + b + c - ab - ac - bc + abc,
    }
    for subset, values in expected.items():
        np.testing.assert_allclose(found.parts[subset].values, values, atol=1e-6)
    np.testing.assert_allclose(sum(each.values for each in found.parts.values()), abc, atol=1e-6)


def test_influence_is_the_slope_of_a_weighted_refit():
    rng = np.random.default_rng(1)
    n, penalty = 24, 3.0
    a, b = rng.standard_normal((n, 3)), rng.standard_normal((n, 5))
    responses = a @ rng.standard_normal((3, 2)) + rng.standard_normal((n, 2))
    fold_of = np.arange(n) % 3
    found = banded_ridge(
        [[a @ a.T, b @ b.T]] * 3, responses, fold_of=fold_of, weights=np.array([[0.3, 0.7]]),
        penalties=np.array([penalty]), slope=residuals,
    )  # fmt: skip
    quantity = held_out_r2(found[0, 1], responses, fold_of=fold_of)

    def r2(weights):
        left, total = 0.0, 0.0
        for fold in range(3):
            train, test = fold_of != fold, fold_of == fold
            size = [np.sqrt(((x[train] - x[train].mean(0)) ** 2).sum() / train.sum()) for x in (a, b)]
            x = np.hstack([a * np.sqrt(0.3) / size[0], b * np.sqrt(0.7) / size[1]])
            model = Ridge(alpha=penalty, tol=1e-12).fit(x[train], responses[train], sample_weight=weights[train])
            w, e = weights[test, None], responses[test] - model.predict(x[test])
            left += (w * (e - (w * e).sum(0) / w.sum()) ** 2).sum(0)
            y = responses[test]
            total += (w * (y - (w * y).sum(0) / w.sum()) ** 2).sum(0)
        return 1 - left / total

    np.testing.assert_allclose(quantity.values, r2(np.ones(n)), atol=1e-10)
    for stimulus in (0, 7, 20):
        step = np.zeros(n)
        step[stimulus] = 1e-5
        slope = (r2(1 + step) - r2(1 - step)) / 2e-5
        np.testing.assert_allclose(quantity.influence[stimulus], slope, atol=1e-6)


def test_variance_is_attributed_where_it_was_put():
    rng = np.random.default_rng(3)
    n = 300
    common, only_a, only_b = (rng.standard_normal((n, 4)) for _ in range(3))
    responses = np.column_stack([common.sum(axis=1), only_a.sum(axis=1), only_b.sum(axis=1), np.ones(n)])
    responses[:, :3] += 0.2 * rng.standard_normal((n, 3))
    a, b = np.hstack([common, only_a]), np.hstack([common, only_b])
    found = partition([a, b * 10], responses, np.arange(n) % 5)
    unique_a, unique_b, shared = (found.parts[each].values for each in ((0,), (1,), (0, 1)))
    np.testing.assert_allclose(shared[:3], [0.99, 0, 0], atol=0.05)
    np.testing.assert_allclose(unique_a[:3], [0, 0.99, 0], atol=0.05)
    np.testing.assert_allclose(unique_b[:3], [0, 0, 0.99], atol=0.05)
    assert np.isnan([unique_a[3], unique_b[3], shared[3]]).all()
    assert [bool(reason) for reason in found.reasons] == [False, False, False, True]


def test_predictions_that_do_not_vary_explain_nothing_however_few_stimuli():
    rng = np.random.default_rng(4)
    n = 20
    responses = rng.standard_normal((n, 30))
    found = partition([np.zeros((n, 2)), np.ones((n, 3))], responses, np.arange(n) % 4)
    for quantity in (*found.r2.values(), *found.parts.values()):
        np.testing.assert_allclose(quantity.values, 0, atol=1e-12)


def test_stimuli_of_a_group_are_left_out_together_when_weights_are_chosen():
    """Explicit loops: each group left out of the training stimuli, for every ratio of weights and every penalty."""
    rng = np.random.default_rng(5)
    n, units = 24, np.repeat(np.arange(12), 2)
    a, b = (rng.standard_normal((12, p))[units] + 0.1 * rng.standard_normal((n, p)) for p in (3, 10))
    responses = a @ rng.standard_normal((3, 5)) + b @ rng.standard_normal((10, 5)) + rng.standard_normal((12, 5))[units]
    fold_of = assign_folds(n, folds=3, rng=rng, groups=units)
    found = partition([a, b], responses, fold_of, units).held_out[0, 1]
    for fold in range(3):
        train = np.flatnonzero(fold_of != fold)
        size = [np.sqrt(((x[train] - x[train].mean(0)) ** 2).sum() / len(train)) for x in (a, b)]
        best = np.full(5, np.inf)
        weights, penalties = np.zeros((2, 5)), np.zeros(5)
        for ratio in PAIR:
            w = np.array(ratio) / sum(ratio)
            x = np.hstack([a * np.sqrt(w[0]) / size[0], b * np.sqrt(w[1]) / size[1]])
            for penalty in PENALTIES:
                errors = []
                for group in np.unique(units[train]):
                    rest, out = train[units[train] != group], train[units[train] == group]
                    centred = x[rest] - x[rest].mean(0)
                    y = responses[rest].mean(0)
                    coefficients = np.linalg.solve(
                        centred.T @ centred + penalty * np.eye(13), centred.T @ (responses[rest] - y)
                    )
                    errors.append(((responses[out] - y - (x[out] - x[rest].mean(0)) @ coefficients) ** 2).mean(0))
                error = np.mean(errors, axis=0)
                better = error < best - 1e-10
                best[better], penalties[better] = error[better], penalty
                weights[:, better] = w[:, None]
        np.testing.assert_allclose(found.weights[fold], weights, atol=1e-9)
        np.testing.assert_allclose(found.penalties[fold], penalties)


def test_a_stimulus_in_no_fold_is_refused():
    with pytest.raises(InvalidDataError, match="1 stimuli are in no fold"):
        partition([np.eye(9)] * 2, np.ones((9, 1)), np.array([-1, *range(4), *range(4)]))
