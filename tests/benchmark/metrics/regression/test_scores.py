import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn.metrics import r2_score

from brainrank.benchmark.metrics.regression.scores import (
    CONSTANT_PREDICTION,
    CONSTANT_RESPONSE,
    target_scores,
)


def simulated(seed, n=40, targets=5):
    rng = np.random.default_rng(seed)
    responses = rng.standard_normal((n, targets)) * 3 + 100
    return responses + rng.standard_normal((n, targets)) * np.arange(1, targets + 1), responses


@given(st.integers(0, 99), st.integers(4, 50))
def test_with_one_fold_r_and_r2_are_the_ordinary_ones(seed, n):
    predictions, responses = simulated(seed, n)
    scores = target_scores(predictions, responses, fold_of=np.zeros(n, dtype=np.int64))
    np.testing.assert_allclose(scores.r, [pearsonr(p, y)[0] for p, y in zip(predictions.T, responses.T, strict=True)])
    np.testing.assert_allclose(scores.r2, r2_score(responses, predictions, multioutput="raw_values"))
    assert scores.reasons == ("",) * 5


def test_over_folds_r_is_the_mean_of_the_folds_own_weighted_by_their_stimuli():
    predictions, responses = simulated(1)
    fold_of = np.repeat([0, 1, 2], [20, 12, 8])
    expected = [
        np.average([pearsonr(p[fold_of == f], y[fold_of == f])[0] for f in range(3)], weights=[20, 12, 8])
        for p, y in zip(predictions.T, responses.T, strict=True)
    ]
    np.testing.assert_allclose(target_scores(predictions, responses, fold_of=fold_of).r, expected)


def test_a_fold_counts_where_its_responses_vary_and_as_zero_where_the_predictions_do_not():
    predictions, responses = simulated(2, n=40, targets=2)
    fold_of = np.arange(40) % 4
    responses[fold_of == 0, 0] = 7.0
    predictions[fold_of == 1, 1] = 3.0
    own = [[pearsonr(predictions[fold_of == f, t], responses[fold_of == f, t])[0] for f in (2, 3)] for t in (0, 1)]
    first = [pearsonr(predictions[fold_of == f, t], responses[fold_of == f, t])[0] for f, t in ((1, 0), (0, 1))]
    found = target_scores(predictions, responses, fold_of=fold_of)
    np.testing.assert_allclose(found.r, [np.mean([first[0], *own[0]]), np.mean([first[1], *own[1], 0.0])])
    assert found.reasons == ("", "")


def test_predicting_each_folds_training_mean_is_not_counted_against_a_model():
    responses = np.random.default_rng(0).standard_normal((50, 200))
    fold_of = np.arange(50) % 5
    means = np.stack([responses[fold_of != fold].mean(axis=0) for fold in range(5)])[fold_of]
    plain = np.mean([pearsonr(p, y)[0] for p, y in zip(means.T, responses.T, strict=True)])
    assert plain < -0.2  # what ordinary pooling makes of knowing nothing
    noise = np.random.default_rng(1).standard_normal((50, 200)) * 0.01
    assert abs(np.mean(target_scores(means + noise, responses, fold_of=fold_of).r)) < 0.02


def test_what_does_not_vary_has_a_reason_and_no_number():
    predictions, responses = simulated(0)
    responses[:, 1] = 0.1
    predictions[:, 2] = 0.3
    fold_of = np.arange(40) % 5
    scores = target_scores(predictions, responses, fold_of=fold_of)
    assert np.isnan(scores.r).tolist() == [False, True, True, False, False]
    assert np.isnan(scores.r2).tolist() == [False, True, False, False, False]
    assert scores.reasons == ("", CONSTANT_RESPONSE, CONSTANT_PREDICTION, "", "")


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
@pytest.mark.parametrize("offset", [0, 1e-6, 1e6])
def test_units_and_offsets_do_not_matter(scale, offset):
    predictions, responses = simulated(0)
    fold_of = np.arange(40) % 5
    plain = target_scores(predictions, responses, fold_of=fold_of)
    moved = target_scores((predictions + offset) * scale, (responses + offset) * scale, fold_of=fold_of)
    np.testing.assert_allclose(moved.r, plain.r, rtol=1e-6)
    np.testing.assert_allclose(moved.r2, plain.r2, rtol=1e-6)
