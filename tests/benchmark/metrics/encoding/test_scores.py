import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn.metrics import r2_score

from brainrank.benchmark.metrics.encoding.scores import (
    CONSTANT_PREDICTION,
    CONSTANT_RESPONSE,
    resampled_correlations,
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


def test_pooling_over_folds_is_a_regression_on_fold_indicators():
    predictions, responses = simulated(1)
    fold_of = np.arange(40) % 4
    indicators = np.eye(4)[fold_of]
    left = [v - indicators @ np.linalg.lstsq(indicators, v, rcond=None)[0] for v in (predictions, responses)]
    expected = [pearsonr(p, y)[0] for p, y in zip(left[0].T, left[1].T, strict=True)]
    np.testing.assert_allclose(target_scores(predictions, responses, fold_of=fold_of).r, expected)


def test_predicting_each_folds_training_mean_is_not_counted_against_a_model():
    responses = np.random.default_rng(0).standard_normal((50, 200))
    fold_of = np.arange(50) % 5
    means = np.stack([responses[fold_of != fold].mean(axis=0) for fold in range(5)])[fold_of]
    plain = np.mean([pearsonr(p, y)[0] for p, y in zip(means.T, responses.T, strict=True)])
    assert plain < -0.2  # what ordinary pooling makes of knowing nothing
    noise = np.random.default_rng(1).standard_normal((50, 200)) * 0.01
    assert abs(np.mean(target_scores(means + noise, responses, fold_of=fold_of).r)) < 0.02


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 4))
def test_a_resample_is_the_repeated_rows(seed, folds):
    predictions, responses = simulated(seed)
    fold_of = np.arange(40) % folds
    draws = np.random.default_rng(seed).integers(0, 40, (6, 40))
    counts = np.stack([np.bincount(draw, minlength=40) for draw in draws]).astype(np.float64)
    found = resampled_correlations(predictions, responses, fold_of=fold_of, counts=counts)
    for row, draw in zip(found, draws, strict=True):
        expected = target_scores(predictions[draw], responses[draw], fold_of=fold_of[draw]).r
        np.testing.assert_allclose(row, expected, atol=1e-5)


def test_what_does_not_vary_has_a_reason_and_no_number():
    predictions, responses = simulated(0)
    responses[:, 1] = 0.1
    predictions[:, 2] = 0.3
    fold_of = np.arange(40) % 5
    scores = target_scores(predictions, responses, fold_of=fold_of)
    assert np.isnan(scores.r).tolist() == [False, True, True, False, False]
    assert np.isnan(scores.r2).tolist() == [False, True, False, False, False]
    assert scores.reasons == ("", CONSTANT_RESPONSE, CONSTANT_PREDICTION, "", "")
    resampled = resampled_correlations(predictions, responses, fold_of=fold_of, counts=np.ones((3, 40)))
    assert np.isnan(resampled[:, 1:3]).all()
    np.testing.assert_allclose(resampled[:, [0, 3, 4]], np.tile(scores.r[[0, 3, 4]], (3, 1)), atol=1e-5)


def test_a_resample_of_one_stimulus_is_undefined():
    predictions, responses = simulated(0)
    counts = np.zeros((1, 40))
    counts[0, 7] = 40
    assert np.isnan(
        resampled_correlations(predictions, responses, fold_of=np.zeros(40, dtype=int), counts=counts)
    ).all()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_do_not_matter(scale):
    predictions, responses = simulated(0)
    fold_of = np.arange(40) % 5
    plain = target_scores(predictions, responses, fold_of=fold_of)
    scaled = target_scores(predictions * scale, responses * scale, fold_of=fold_of)
    np.testing.assert_allclose(scaled.r, plain.r)
    np.testing.assert_allclose(scaled.r2, plain.r2)
