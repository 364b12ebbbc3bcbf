import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import PLSRegression

from brainrank.benchmark.metrics.regression.pls import pls
from brainrank.benchmark.types.errors import InvalidDataError


def simulated(seed, n=60, p=200, targets=8, shared=5):
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, shared))
    features = latent @ rng.standard_normal((shared, p)) + rng.standard_normal((n, p)) + 2
    return features, latent @ rng.standard_normal((shared, targets)) + rng.standard_normal((n, targets)) + 3


TRAIN, TEST = np.arange(12, 60), np.arange(12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.sampled_from([1, 2, 8, 47, 48, 49, 150]), st.integers(1, 25), st.sampled_from([30, 200]))
@pytest.mark.filterwarnings("ignore:Maximum number of iterations")
def test_predictions_and_iterations_are_scikit_learns(seed, targets, components, p):
    features, responses = simulated(seed, p=p, targets=targets)
    model = PLSRegression(components, scale=False).fit(features[TRAIN], responses[TRAIN])
    found = pls(features @ features.T, responses, train=TRAIN, test=TEST, components=components)
    np.testing.assert_allclose(found.predictions, model.predict(features[TEST]).reshape(12, -1), atol=1e-6)
    assert list(found.iterations) == model.n_iter_


def test_a_gram_matrix_in_float32_changes_r_by_less_than_the_promise():
    features, responses = simulated(0, p=2000, targets=30)
    narrow = features.astype(np.float32)
    expected = PLSRegression(25, scale=False).fit(features[TRAIN], responses[TRAIN]).predict(features[TEST])
    found = pls((narrow @ narrow.T).astype(np.float64), responses, train=TRAIN, test=TEST).predictions
    for theirs, ours, target in zip(expected.T, found.T, responses[TEST].T, strict=True):
        assert abs(np.corrcoef(theirs, target)[0, 1] - np.corrcoef(ours, target)[0, 1]) < 1e-4


def test_a_constant_target_is_predicted_by_its_mean():
    features, responses = simulated(1)
    responses[:, 0] = 0.1
    found = pls(features @ features.T, responses, train=TRAIN, test=TEST, components=5)
    np.testing.assert_allclose(found.predictions[:, 0], 0.1, atol=1e-12)


@pytest.mark.parametrize("what", ["responses", "features"])
def test_components_stop_when_nothing_is_left(what):
    features, responses = simulated(2)
    if what == "responses":
        responses = np.ones_like(responses)
    else:
        features = np.ones_like(features)
    found = pls(features @ features.T, responses, train=TRAIN, test=TEST)
    assert found.iterations == ()
    np.testing.assert_allclose(found.predictions, np.tile(responses[TRAIN].mean(axis=0), (12, 1)))


def test_features_of_low_rank_stop_at_their_rank():
    features, responses = simulated(3, p=3)
    found = pls(features @ features.T, responses, train=TRAIN, test=TEST, components=20)
    centred = np.column_stack([np.ones(60), features])
    expected = centred[TEST] @ np.linalg.lstsq(centred[TRAIN], responses[TRAIN], rcond=None)[0]
    np.testing.assert_allclose(found.predictions, expected, atol=1e-6)


@pytest.mark.parametrize("components", [0, 49])
def test_too_many_components_are_refused(components):
    features, responses = simulated(4)
    with pytest.raises(InvalidDataError, match="choose 1 to 48"):
        pls(features @ features.T, responses, train=TRAIN, test=TEST, components=components)
