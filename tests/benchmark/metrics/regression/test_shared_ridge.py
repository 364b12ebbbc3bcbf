import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from brainrank.benchmark.metrics.regression.mapping import mapped_correlations, mapped_predictions
from brainrank.benchmark.metrics.regression.shared_ridge import shared_ridge
from brainrank.benchmark.types.activations import LayerGram

PENALTIES = np.logspace(-3, 5, 17)
TRAIN, TEST = np.arange(12, 60), np.arange(12)


def simulated(p: int, noise: float = 2.0):
    rng = np.random.default_rng(p)
    features = rng.standard_normal((60, p)) * np.arange(1, p + 1) ** -0.5 + 1
    responses = features @ rng.standard_normal((p, 5)) + noise * rng.standard_normal((60, 5)) + 3
    return features, responses


def of(features: np.ndarray) -> LayerGram:
    nothing = np.zeros(len(features))
    return LayerGram("x", features @ features.T, nothing, nothing, nothing, nothing, 0.0, features.shape[1])


@pytest.mark.parametrize("p", [10, 200])
def test_predictions_are_those_of_ridge_cv(p):
    features, responses = simulated(p)
    model = RidgeCV(alphas=PENALTIES).fit(features[TRAIN], responses[TRAIN])
    found = shared_ridge(features @ features.T, responses, TRAIN, TEST, penalties=PENALTIES)
    mean = responses[TRAIN].mean(axis=0)
    np.testing.assert_allclose(found.predictions + mean, model.predict(features[TEST]), atol=1e-6)
    np.testing.assert_allclose(found.residuals, responses[TRAIN] - model.predict(features[TRAIN]), atol=1e-6)
    np.testing.assert_allclose(found.hat @ (responses[TRAIN] - mean), found.predictions, atol=1e-8)


def test_a_layer_is_judged_without_the_fold_it_is_chosen_for():
    features, responses = simulated(30)
    fold_of = np.arange(60) % 3
    fitted = []

    def fit(gram, measured, train, test):
        fitted.append((frozenset(fold_of[train]), frozenset(fold_of[test])))
        return shared_ridge(gram, measured, train, test, penalties=PENALTIES)

    found = mapped_correlations(of(features), responses, fold_of=fold_of, fit=fit)
    assert all(not trained & tested for trained, tested in fitted)
    # Without fold 0, fold 1 is predicted from fold 2 alone, and the reverse.
    r = []
    for fold, rest in ((1, 2), (2, 1)):
        model = RidgeCV(alphas=PENALTIES).fit(features[fold_of == rest], responses[fold_of == rest])
        predicted, measured = model.predict(features[fold_of == fold]), responses[fold_of == fold]
        r.append([np.corrcoef(a, b)[0, 1] for a, b in zip(predicted.T, measured.T, strict=True)])
    np.testing.assert_allclose(found.without[0], np.mean(r, axis=0), atol=1e-6)
    chosen = mapped_predictions([of(features)], [0] * 3, responses, fold_of=fold_of, fit=fit)
    model = RidgeCV(alphas=PENALTIES).fit(features[fold_of != 1], responses[fold_of != 1])
    expected = model.predict(features[fold_of == 1]) - responses[fold_of != 1].mean(axis=0)
    np.testing.assert_allclose(chosen.predictions[fold_of == 1], expected, atol=1e-6)


def test_training_influence_is_the_slope_in_a_training_stimulus_weight():
    features, responses = simulated(20)
    fold_of = np.arange(60) % 2
    one = np.array([1e3])

    def fit(gram, measured, train, test):
        return shared_ridge(gram, measured, train, test, penalties=one)

    found = mapped_predictions([of(features)], [0] * 2, responses, fold_of=fold_of, fit=fit)
    stimulus, train, test = 5, fold_of == 1, fold_of == 0

    def r(weight: float) -> np.ndarray:
        weights = np.ones(60)
        weights[stimulus] = weight
        root = np.sqrt(weights[train])[:, None]
        x, y = (each - weights[train] @ each[train] / weights[train].sum() for each in (features, responses))
        gram = (x[train] * root).T @ (x[train] * root) + one * np.eye(20)
        predicted = x[test] @ np.linalg.solve(gram, (x[train] * root).T @ (y[train] * root))
        return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(predicted.T, responses[test].T, strict=True)])

    slope = 30 * (r(1 + 1e-5) - r(1 - 1e-5)) / 2e-5
    np.testing.assert_allclose(found.influence[stimulus], slope, atol=1e-5)
