"""Ridge against himalaya, scikit-learn and the normal equations, which share no code with it."""

import numpy as np
import pytest
from himalaya.kernel_ridge import KernelRidgeCV
from himalaya.ridge import RidgeCV
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from brainrank.benchmark.metrics.regression import penalty
from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.ridge import ridge, ridge_from_gram
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.types.errors import InvalidDataError

PENALTIES = np.logspace(-3, 4, 9)
SHAPES = [(60, 150), (90, 20), (40, 39), (40, 40)]


def simulated(n, p, seed=0, targets=12):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, p)) * rng.gamma(1, size=p) + 3
    weights = rng.standard_normal((p, targets)) / np.sqrt(p)
    noise = rng.standard_normal((n, targets)) * np.linspace(0.1, 4, targets)
    return features, features @ weights + noise + 5


def split(n, held_out=15):
    fold_of = np.full(n, -1)
    fold_of[-held_out:] = 0
    return fold_of, *fold_splits(fold_of)[0]


def consecutive(n, train, folds):
    """The inner folds of scikit-learn's unshuffled KFold, which himalaya uses."""
    inner = np.zeros(n, dtype=np.int64)
    for number, (_, held_out) in enumerate(KFold(folds).split(train)):
        inner[train[held_out]] = number
    return inner[None]


def both_spaces(features, responses, **options):
    return ridge(features, responses, **options), ridge_from_gram(features @ features.T, responses, **options)


@pytest.mark.filterwarnings("ignore:Solving")
@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("peer", [RidgeCV, KernelRidgeCV])
def test_cv_is_himalaya(n, p, peer):
    features, responses = simulated(n, p)
    fold_of, train, test = split(n)
    fitted = peer(alphas=PENALTIES, fit_intercept=True, cv=5).fit(features[train], responses[train])
    selection = Selection("cv", inner=consecutive(n, train, 5))
    for held_out in both_spaces(features, responses, fold_of=fold_of, penalties=PENALTIES, selection=selection):
        np.testing.assert_allclose(held_out.penalties[0], fitted.best_alphas_, rtol=1e-6)
        np.testing.assert_allclose(held_out.predictions[test], fitted.predict(features[test]), atol=1e-9)
        assert np.isnan(held_out.predictions[train]).all()


@pytest.mark.parametrize("p", [60, 900])
@pytest.mark.parametrize("grouped", [False, True])
def test_of_many_stimuli_a_quarter_of_the_penalties_leads_cv_to_the_same(p, grouped, monkeypatch):
    features, responses = simulated(640, p, targets=40)
    units = np.repeat(np.arange(160), 4) if grouped else np.arange(640)
    features = features[units] + 1e-3 * features if grouped else features
    options = {"fold_of": units % 5, "selection": Selection("cv")}
    found = ridge(features, responses, **options)
    monkeypatch.setattr(penalty, "SMOOTH_FROM", 10_000)
    every = ridge(features, responses, **options)
    np.testing.assert_array_equal(found.penalties, every.penalties)


@pytest.mark.filterwarnings("ignore:Solving")
@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_cv_by_correlation_is_himalaya(n, p):
    from himalaya.scoring import correlation_score

    features, responses = simulated(n, p, seed=1)
    fold_of, train, _ = split(n)
    fitted = RidgeCV(
        alphas=PENALTIES, fit_intercept=True, cv=4, solver_params={"score_func": correlation_score, "warn": False}
    ).fit(features[train], responses[train])
    selection = Selection("cv", criterion="r", inner=consecutive(n, train, 4))
    for held_out in both_spaces(features, responses, fold_of=fold_of, penalties=PENALTIES, selection=selection):
        np.testing.assert_allclose(held_out.penalties[0], fitted.best_alphas_, rtol=1e-6)


def gcv_errors(features, responses):
    """Generalised cross-validation by its definition, a hat matrix per penalty."""
    size, p = features.shape
    centred, targets = features - features.mean(axis=0), responses - responses.mean(axis=0)
    errors = []
    for alpha in PENALTIES:
        hat = 1 / size + centred @ np.linalg.solve(centred.T @ centred + alpha * np.eye(p), centred.T)
        errors.append(((targets - hat @ targets) ** 2).mean(axis=0) / (1 - np.trace(hat) / size) ** 2)
    return np.array(errors)


def downhill(errors, start):
    """From `start`, step to the better neighbour until neither is better."""
    while True:
        near = [row for row in (start + 1, start, start - 1) if 0 <= row < len(errors)]
        best = min(near, key=lambda row: errors[row])
        if best == start:
            return start
        start = best


@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_loo_is_the_refit_without_each_stimulus(n, p):
    features, responses = simulated(n, p, seed=2)
    fold_of, train, _ = split(n)
    errors = np.zeros((len(PENALTIES), responses.shape[1]))
    for left_out in train:
        others = train[train != left_out]
        for row, alpha in enumerate(PENALTIES):
            model = Ridge(alpha=alpha).fit(features[others], responses[others])
            errors[row] += (model.predict(features[[left_out]])[0] - responses[left_out]) ** 2
    starts = gcv_errors(features[train], responses[train]).argmin(axis=0)
    found = [downhill(column, start) for column, start in zip(errors.T, starts, strict=True)]
    for held_out in both_spaces(features, responses, fold_of=fold_of, penalties=PENALTIES, selection=Selection("loo")):
        np.testing.assert_allclose(held_out.penalties[0], PENALTIES[found])


@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_gcv_and_likelihood_are_their_definitions(n, p):
    features, responses = simulated(n, p, seed=3)
    fold_of, train, _ = split(n)
    centred = features[train] - features[train].mean(axis=0)
    targets = responses[train] - responses[train].mean(axis=0)
    size = len(train)
    gcv = gcv_errors(features[train], responses[train])
    contrasts = np.linalg.svd(np.ones((1, size)))[2][1:]  # any basis of what the mean leaves over
    likelihood = []
    for alpha in PENALTIES:
        shape = contrasts @ (centred @ centred.T / alpha + np.eye(size)) @ contrasts.T
        rows = contrasts @ targets
        variance = np.einsum("st,st->t", rows, np.linalg.solve(shape, rows)) / (size - 1)
        densities = [multivariate_normal(cov=v * shape).logpdf(row) for row, v in zip(rows.T, variance, strict=True)]
        likelihood.append(densities)
    expected = {"gcv": np.argmin(gcv, axis=0), "likelihood": np.argmax(likelihood, axis=0)}
    for name, best in expected.items():
        for held_out in both_spaces(
            features, responses, fold_of=fold_of, penalties=PENALTIES, selection=Selection(name)
        ):
            np.testing.assert_allclose(held_out.penalties[0], PENALTIES[best], err_msg=name)


@settings(max_examples=15, deadline=None)
@given(st.integers(12, 40), st.integers(1, 60), st.integers(2, 4), st.integers(0, 99))
def test_predictions_are_scikit_learns_for_the_penalties_chosen(n, p, folds, seed):
    features, responses = simulated(n, p, seed=seed, targets=3)
    fold_of = assign_folds(n, folds=folds, rng=np.random.default_rng(seed))
    held_out = ridge(features, responses, fold_of=fold_of, penalties=PENALTIES, targets_per_block=2)
    for fold, (train, test) in enumerate(fold_splits(fold_of)):
        model = Ridge(alpha=held_out.penalties[fold]).fit(features[train], responses[train])
        np.testing.assert_allclose(held_out.predictions[test], model.predict(features[test]), atol=1e-7)


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("name", ["likelihood", "gcv", "loo", "cv"])
def test_the_two_spaces_blocks_and_precisions_agree(n, p, name):
    features, responses = simulated(n, p, seed=4)
    fold_of = assign_folds(n, folds=5, rng=np.random.default_rng(0))
    whole, kernel = both_spaces(features, responses, fold_of=fold_of, selection=Selection(name))
    blocks = ridge(features, responses, fold_of=fold_of, selection=Selection(name), targets_per_block=5)
    single = ridge(
        features.astype(np.float32), responses.astype(np.float32), fold_of=fold_of, selection=Selection(name)
    )
    np.testing.assert_allclose(kernel.predictions, whole.predictions, atol=1e-7)
    np.testing.assert_allclose(blocks.predictions, whole.predictions, atol=1e-9)
    same = np.isclose(single.penalties, whole.penalties, rtol=1e-3).all(axis=0)  # near ties may fall the other way
    assert same.mean() > 0.8
    np.testing.assert_allclose(single.predictions[:, same], whole.predictions[:, same], atol=2e-3)
    assert single.predictions.dtype == np.float32


def test_predictions_ignore_shifts_of_the_features_and_follow_shifts_of_the_responses():
    features, responses = simulated(40, 60, seed=5)
    fold_of = assign_folds(40, folds=4, rng=np.random.default_rng(0))
    plain = ridge(features, responses, fold_of=fold_of, penalties=PENALTIES).predictions
    moved = ridge(features + 100, responses - 7, fold_of=fold_of, penalties=PENALTIES).predictions
    np.testing.assert_allclose(moved, plain - 7, atol=1e-7)


def test_a_held_out_response_never_touches_its_own_prediction():
    features, responses = simulated(40, 60, seed=6)
    fold_of = assign_folds(40, folds=4, rng=np.random.default_rng(0))
    plain = ridge(features, responses, fold_of=fold_of)
    changed = responses.copy()
    changed[fold_of == 2] += 1000 * np.random.default_rng(1).standard_normal((int((fold_of == 2).sum()), 12))
    after = ridge(features, changed, fold_of=fold_of)
    np.testing.assert_allclose(after.predictions[fold_of == 2], plain.predictions[fold_of == 2], atol=1e-8)


@pytest.mark.parametrize("p", [10, 80])
def test_a_constant_target_is_predicted_by_its_mean_and_gets_the_largest_penalty(p):
    features, responses = simulated(40, p)
    responses[:, 3] = 0.1
    fold_of = assign_folds(40, folds=4, rng=np.random.default_rng(0))
    for name in ("likelihood", "gcv", "loo", "cv"):
        held_out = ridge(features, responses, fold_of=fold_of, penalties=PENALTIES, selection=Selection(name))
        np.testing.assert_allclose(held_out.predictions[:, 3], 0.1, atol=1e-12)
        assert np.isfinite(held_out.predictions).all()


@pytest.mark.parametrize("p", [5, 80])
def test_constant_features_predict_the_training_mean(p):
    _, responses = simulated(40, 5)
    fold_of = assign_folds(40, folds=4, rng=np.random.default_rng(0))
    for features in (np.full((40, p), 0.1), np.zeros((40, p))):
        held_out = ridge(features, responses, fold_of=fold_of).predictions
        for train, test in fold_splits(fold_of):
            np.testing.assert_allclose(held_out[test], np.tile(responses[train].mean(axis=0), (len(test), 1)))


def test_duplicated_features_and_stimuli_are_no_difficulty():
    features, responses = simulated(40, 10)
    features = np.hstack([features, features, np.ones((40, 3))])
    features[20:] = features[:20]
    for name in ("likelihood", "gcv", "loo", "cv"):
        for held_out in both_spaces(
            features,
            responses,
            fold_of=assign_folds(40, folds=4, rng=np.random.default_rng(0)),
            penalties=np.logspace(-8, 8, 9),
            selection=Selection(name),
        ):
            assert np.isfinite(held_out.predictions).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"penalties": np.array([1.0, 0.0])}, "positive"),
        ({"penalties": np.array([])}, "positive"),
        ({"selection": Selection("guess")}, "choose from likelihood"),
        ({"selection": Selection("cv", criterion="r2")}, "choose from mse, r"),
        ({"selection": Selection("cv"), "fold_of": np.repeat([0, 1], 20)}, "at least 2 inside training"),
    ],
)
def test_mistakes_are_named(change, message):
    features, responses = simulated(40, 10)
    options = {"fold_of": np.arange(40) % 4, **change}
    with pytest.raises(InvalidDataError, match=message):
        ridge(features, responses, **options)
