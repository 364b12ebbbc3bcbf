import numpy as np
import pytest
from himalaya.kernel_ridge import solve_multiple_kernel_ridge_random_search
from himalaya.scoring import r2_score_split
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from brainrank.benchmark.metrics.regression.banded import banded_ridge, product_measure, weight_candidates
from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.ridge import Selection, ridge_from_gram
from brainrank.benchmark.metrics.regression.variance_partitioning import variance_partition
from brainrank.benchmark.types.errors import InvalidDataError

PENALTIES = np.logspace(-2, 4, 7)
N = 60


def simulated(seed=0, targets=10):
    rng = np.random.default_rng(seed)
    spaces = [rng.standard_normal((N, p)) + 1 for p in (12, 40, 90)]
    shares = rng.dirichlet([0.3] * 3, targets).T
    signal = sum(
        x @ rng.standard_normal((x.shape[1], targets)) / np.sqrt(x.shape[1]) * s
        for x, s in zip(spaces, shares, strict=True)
    )
    return spaces, signal + 0.3 * rng.standard_normal((N, targets)) + 2


def grams_of(spaces):
    return np.stack([x @ x.T for x in spaces])


def test_with_fixed_weights_it_is_ridge_on_scaled_features():
    spaces, responses = simulated()
    weights = np.array([[0.2, 0.5, 0.3]])
    fold_of = assign_folds(N, folds=4, rng=np.random.default_rng(0))
    found = banded_ridge(grams_of(spaces), responses, fold_of=fold_of, weights=weights, penalties=PENALTIES)
    scaled = np.hstack([x * np.sqrt(w) for x, w in zip(spaces, weights[0], strict=True)])
    for fold, (train, test) in enumerate(fold_splits(fold_of)):
        model = Ridge(alpha=found.penalties[fold]).fit(scaled[train], responses[train])
        np.testing.assert_allclose(found.predictions[test], model.predict(scaled[test]), atol=1e-8)
        np.testing.assert_allclose(
            found.spaces[:, test].sum(axis=0) + responses[train].mean(axis=0), found.predictions[test], atol=1e-10
        )
        begin = 0
        for space, x in enumerate(spaces):  # each space's own part, from the primal weights
            part = slice(begin, begin + x.shape[1])
            own = (scaled[test, part] - scaled[train, part].mean(axis=0)) @ model.coef_[:, part].T
            np.testing.assert_allclose(found.spaces[space, test], own, atol=1e-8)
            begin += x.shape[1]


def test_one_space_is_plain_ridge():
    spaces, responses = simulated()
    fold_of = assign_folds(N, folds=4, rng=np.random.default_rng(0))
    gram = grams_of(spaces)[1]
    plain = ridge_from_gram(gram, responses, fold_of=fold_of)
    found = banded_ridge(gram[None], responses, fold_of=fold_of, weights=np.ones((1, 1)))
    np.testing.assert_allclose(found.predictions, plain.predictions, atol=1e-9)


def test_the_search_is_himalayas_on_the_same_candidates():
    spaces, responses = simulated(1)
    fold_of = np.full(N, -1)
    fold_of[48:] = 0
    train = np.arange(48)
    weights = weight_candidates(3, candidates=20, rng=np.random.default_rng(0))[4:]  # inside the simplex
    inner = np.zeros(N, dtype=np.int64)
    for number, (_, held_out) in enumerate(KFold(4).split(train)):
        inner[held_out] = number
    grams = grams_of(spaces)
    deltas, _, _, alphas, _ = solve_multiple_kernel_ridge_random_search(
        grams[:, :48, :48], responses[:48], n_iter=weights, alphas=PENALTIES, cv=4, fit_intercept=True,
        return_weights="dual", return_alphas=True, progress_bar=False,
    )  # fmt: skip
    found = banded_ridge(
        grams,
        responses,
        fold_of=fold_of,
        weights=weights,
        penalties=PENALTIES,
        selection=Selection("cv", inner=inner[None]),
    )
    np.testing.assert_allclose(np.log(found.weights[0] / found.penalties[0]), deltas, atol=1e-6)
    np.testing.assert_allclose(found.penalties[0], alphas, rtol=1e-6)


def test_contributions_are_himalayas_on_centred_data():
    spaces, responses = simulated(2)
    train, test = np.arange(48), np.arange(48, N)
    spaces = [x - x[train].mean(axis=0) for x in spaces]
    responses = responses - responses[train].mean(axis=0)
    fold_of = np.where(np.arange(N) < 48, -1, 0)
    weights = np.array([[0.3, 0.3, 0.4]])
    grams = grams_of(spaces)
    deltas, dual, _ = solve_multiple_kernel_ridge_random_search(
        grams[:, :48, :48], responses[:48], n_iter=weights, alphas=np.array([7.0]), cv=4, return_weights="dual",
        progress_bar=False,
    )  # fmt: skip
    found = banded_ridge(grams, responses, fold_of=fold_of, weights=weights, penalties=np.array([7.0]))
    expected = np.einsum("kts,sv,kv->ktv", grams[:, 48:, :48], dual, np.exp(deltas))
    np.testing.assert_allclose(found.spaces[:, test], expected, atol=1e-8)
    measured = responses[test] - responses[test].mean(axis=0)
    expected_shares = r2_score_split(measured, expected - expected.mean(axis=1, keepdims=True))
    shares = np.stack([scores.r2 for scores in product_measure(found, responses, fold_of=fold_of)])
    np.testing.assert_allclose(shares, expected_shares, atol=1e-8)


def test_candidates_lie_on_the_simplex_and_begin_with_the_corners():
    weights = weight_candidates(3, candidates=30, rng=np.random.default_rng(0))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights[:4], [[1 / 3] * 3, [1, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("weights", [-np.ones((1, 3)), np.zeros((1, 3)), np.ones((0, 3))])
def test_weights_off_the_simplex_are_refused(weights):
    spaces, responses = simulated()
    with pytest.raises(InvalidDataError, match="none negative"):
        banded_ridge(grams_of(spaces), responses, fold_of=np.arange(N) % 4, weights=weights)


def test_variance_is_attributed_where_it_was_put():
    rng = np.random.default_rng(3)
    n = 300
    common, only_a, only_b = (rng.standard_normal((n, 4)) for _ in range(3))
    responses = np.column_stack([common.sum(axis=1), only_a.sum(axis=1), only_b.sum(axis=1), np.ones(n)])
    responses[:, :3] += 0.2 * rng.standard_normal((n, 3))
    a, b = np.hstack([common, only_a]), np.hstack([common, only_b])
    found = variance_partition(
        a @ a.T, b @ b.T * 100, responses, fold_of=np.arange(n) % 5,
        weights=weight_candidates(2, candidates=5, rng=np.random.default_rng(0)),
    )  # fmt: skip
    np.testing.assert_allclose(found.shared[:3], [0.99, 0, 0], atol=0.05)
    np.testing.assert_allclose(found.unique_a[:3], [0, 0.99, 0], atol=0.05)
    np.testing.assert_allclose(found.unique_b[:3], [0, 0, 0.99], atol=0.05)
    np.testing.assert_allclose((found.unique_a + found.unique_b + found.shared)[:3], found.r2_both[:3])
    assert np.isnan(found.shared[3])
    assert [bool(reason) for reason in found.reasons] == [False, False, False, True]
