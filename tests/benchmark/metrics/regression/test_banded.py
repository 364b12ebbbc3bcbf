import numpy as np
import pytest
from himalaya.kernel_ridge import solve_multiple_kernel_ridge_random_search
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from brainrank.benchmark.metrics.regression.banded import banded_ridge, of_unit_variance, subsets_of, weight_candidates
from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.ridge import ridge_from_gram
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.types.errors import InvalidDataError

PENALTIES = np.logspace(-2, 4, 7)
N = 60


def simulated(seed=0, targets=10):
    rng = np.random.default_rng(seed)
    spaces = [rng.standard_normal((N, p)) * scale + 1 for p, scale in ((12, 1), (40, 30), (90, 0.1))]
    shares = rng.dirichlet([0.3] * 3, targets).T
    signal = sum(
        x @ rng.standard_normal((x.shape[1], targets)) / np.linalg.norm(x) * 8 * s
        for x, s in zip(spaces, shares, strict=True)
    )
    return spaces, signal + 0.3 * rng.standard_normal((N, targets)) + 2


def of_unit_variance_by_hand(x, train):
    return x / np.sqrt(((x[train] - x[train].mean(axis=0)) ** 2).sum() / len(train))


def grams_of(spaces, folds):
    return [[x @ x.T for x in spaces]] * folds


def test_with_fixed_weights_it_is_ridge_on_scaled_features():
    spaces, responses = simulated()
    weights = np.array([[0.2, 0.5, 0.3]])
    fold_of = assign_folds(N, folds=4, rng=np.random.default_rng(0))
    found = banded_ridge(grams_of(spaces, 4), responses, fold_of=fold_of, weights=weights, penalties=PENALTIES)
    whole = found[0, 1, 2]
    for fold, (train, test) in enumerate(fold_splits(fold_of)):
        scaled = np.hstack(
            [of_unit_variance_by_hand(x, train) * np.sqrt(w) for x, w in zip(spaces, weights[0], strict=True)]
        )
        model = Ridge(alpha=whole.penalties[fold]).fit(scaled[train], responses[train])
        np.testing.assert_allclose(whole.predictions[test], model.predict(scaled[test]), atol=1e-8)
        np.testing.assert_allclose(whole.weights[fold], np.repeat(weights.T, responses.shape[1], axis=1))
        # none of the candidates is of fewer spaces: those predict the training mean
        np.testing.assert_allclose(found[0, 2].predictions[test] - responses[train].mean(axis=0), 0, atol=1e-12)


def test_a_space_alone_is_plain_ridge_whatever_its_unit():
    spaces, responses = simulated()
    fold_of = assign_folds(N, folds=4, rng=np.random.default_rng(0))
    found = banded_ridge(grams_of(spaces, 4), responses, fold_of=fold_of, weights=weight_candidates(3))
    train, test = fold_splits(fold_of)[2]
    alone = np.where(fold_of == 2, 0, -1)
    for space, x in enumerate(spaces):
        scaled = of_unit_variance_by_hand(x, train)
        plain = ridge_from_gram(scaled @ scaled.T, responses, fold_of=alone, penalties=np.logspace(-4, 4, 33))
        np.testing.assert_allclose(found[(space,)].predictions[test], plain.predictions[test], atol=1e-9)


def test_the_search_is_himalayas_on_the_same_candidates():
    spaces, responses = simulated(1)
    fold_of = np.full(N, -1)
    fold_of[48:] = 0
    train = np.arange(48)
    spaces = [of_unit_variance_by_hand(x, train) for x in spaces]
    weights = np.random.default_rng(0).dirichlet([1.0] * 3, 20)  # inside the simplex
    inner = np.zeros(N, dtype=np.int64)
    for number, (_, held_out) in enumerate(KFold(4).split(train)):
        inner[held_out] = number
    grams = np.stack(grams_of(spaces, 1)[0])
    deltas, _, _, alphas, _ = solve_multiple_kernel_ridge_random_search(
        grams[:, :48, :48], responses[:48], n_iter=weights, alphas=PENALTIES, cv=4, fit_intercept=True,
        return_weights="dual", return_alphas=True, progress_bar=False,
    )  # fmt: skip
    found = banded_ridge(
        grams_of(spaces, 1),
        responses,
        fold_of=fold_of,
        weights=weights,
        penalties=PENALTIES,
        selection=Selection("cv", inner=inner[None]),
    )[0, 1, 2]
    np.testing.assert_allclose(np.log(found.weights[0] / found.penalties[0]), deltas, atol=1e-6)
    np.testing.assert_allclose(found.penalties[0], alphas, rtol=1e-6)


def test_predictions_are_himalayas_on_centred_data():
    spaces, responses = simulated(2)
    train, test = np.arange(48), np.arange(48, N)
    spaces = [of_unit_variance_by_hand(x - x[train].mean(axis=0), train) for x in spaces]
    responses = responses - responses[train].mean(axis=0)
    fold_of = np.where(np.arange(N) < 48, -1, 0)
    weights = np.array([[0.3, 0.3, 0.4]])
    grams = np.stack(grams_of(spaces, 1)[0])
    deltas, dual, _ = solve_multiple_kernel_ridge_random_search(
        grams[:, :48, :48], responses[:48], n_iter=weights, alphas=np.array([7.0]), cv=4, return_weights="dual",
        progress_bar=False,
    )  # fmt: skip
    found = banded_ridge(grams_of(spaces, 1), responses, fold_of=fold_of, weights=weights, penalties=np.array([7.0]))
    expected = np.einsum("kts,sv,kv->tv", grams[:, 48:, :48], dual, np.exp(deltas))
    np.testing.assert_allclose(found[0, 1, 2].predictions[test], expected, atol=1e-8)


def test_each_fold_has_the_layers_given_for_it():
    spaces, responses = simulated()
    fold_of = np.arange(N) % 3
    weights = weight_candidates(2)
    first, second = [x @ x.T for x in spaces[:2]], [x @ x.T for x in spaces[1:]]
    mixed = banded_ridge([first, second, first], responses, fold_of=fold_of, weights=weights)
    for grams, folds in ((first, (0, 2)), (second, (1,))):
        same = banded_ridge([grams] * 3, responses, fold_of=fold_of, weights=weights)
        for fold in folds:
            np.testing.assert_array_equal(
                mixed[0, 1].predictions[fold_of == fold], same[0, 1].predictions[fold_of == fold]
            )


def test_a_subset_never_has_a_candidate_that_a_larger_one_lacks():
    weights = weight_candidates(3)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights[:3], np.eye(3))
    assert len(np.unique(weights.round(12), axis=0)) == len(weights)
    for pair in ((0, 1), (0, 2), (1, 2)):
        of_pair = weights[(np.delete(weights, pair, axis=1) == 0).all(axis=1)][:, pair]
        assert {tuple(row) for row in of_pair.round(12)} == {tuple(row) for row in weight_candidates(2).round(12)}
    assert subsets_of(3) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]


def test_a_space_or_a_target_that_does_not_vary_predicts_the_mean():
    spaces, responses = simulated()
    responses[:, 0] = 3.0
    fold_of = np.arange(N) % 4
    constant = np.full((N, N), 7.3)
    found = banded_ridge(
        [[constant, spaces[0] @ spaces[0].T]] * 4, responses, fold_of=fold_of, weights=weight_candidates(2)
    )
    for train, test in fold_splits(fold_of):
        means = np.broadcast_to(responses[train].mean(axis=0), responses[test].shape)
        np.testing.assert_allclose(found[(0,)].predictions[test], means, atol=1e-12)
    np.testing.assert_allclose(found[0, 1].predictions[:, 0], 3.0)
    assert not of_unit_variance(constant, np.arange(40)).any()


@pytest.mark.parametrize("weights", [-np.ones((1, 3)), np.zeros((1, 3)), np.ones((0, 3)), np.ones((1, 2))])
def test_weights_off_the_simplex_are_refused(weights):
    spaces, responses = simulated()
    with pytest.raises(InvalidDataError, match="none negative"):
        banded_ridge(grams_of(spaces, 4), responses, fold_of=np.arange(N) % 4, weights=weights)


def test_what_does_not_fit_is_refused():
    spaces, responses = simulated()
    with pytest.raises(InvalidDataError, match="Gram matrices for 3 folds, and 4 folds"):
        banded_ridge(grams_of(spaces, 3), responses, fold_of=np.arange(N) % 4, weights=weight_candidates(3))
    with pytest.raises(InvalidDataError, match="0 feature spaces"):
        weight_candidates(0)
