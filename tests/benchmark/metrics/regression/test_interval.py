import numpy as np
import pytest
from numpy import ndarray
from scipy.stats import pearsonr
from sklearn.linear_model import Ridge

from brainrank.benchmark.metrics.regression.folds import assign_folds
from brainrank.benchmark.metrics.regression.interval import median_correlation, r_influence
from brainrank.benchmark.metrics.regression.layers import r_slope
from brainrank.benchmark.metrics.regression.ridge import ridge, ridge_from_gram


def fitted(responses, predictions, fold_of, *, units=None, seed=3, draws=1000):
    """The median of predictions that no training stimulus moves."""
    return median_correlation(
        predictions,
        responses,
        fold_of=fold_of,
        influence=np.zeros(responses.shape),
        rng=np.random.default_rng(seed),
        units=np.arange(len(responses)) if units is None else units,
        draws=draws,
    )


def weighted_score(features, responses, fold_of, penalty, weights):
    """Mean over folds of the weighted r of scikit-learn's weighted ridge, by the folds' stimuli."""
    total = 0.0
    for fold in np.unique(fold_of):
        train, test = fold_of != fold, fold_of == fold
        model = Ridge(alpha=penalty[fold]).fit(features[train], responses[train], sample_weight=weights[train])
        p, y, w = model.predict(features[test]), responses[test], weights[test]
        p, y = p - np.average(p, weights=w), y - np.average(y, weights=w)
        total += test.sum() * (w @ (p * y)) / np.sqrt((w @ p**2) * (w @ y**2))
    return total / len(responses)


@pytest.mark.parametrize(("features", "by_gram"), [(60, True), (12, True), (12, False)])
def test_influence_is_the_derivative_of_a_weighted_refit(features, by_gram):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, features))
    y = x[:, :6] @ rng.standard_normal((6, 3)) + 2 * rng.standard_normal((40, 3))
    fold_of, penalties = np.arange(40) % 4, np.array([5.0, 20.0])
    if by_gram:
        centred = x - x.mean(axis=0)
        held_out = ridge_from_gram(centred @ centred.T, y, fold_of=fold_of, penalties=penalties, slope=r_slope)
    else:
        held_out = ridge(x, y, fold_of=fold_of, penalties=penalties, slope=r_slope)
    found = r_influence(held_out.predictions, y, held_out.influence, fold_of=fold_of)
    step = 1e-4
    for target in range(3):
        expected = [
            (
                weighted_score(x, y[:, target], fold_of, held_out.penalties[:, target], 1 + step * np.eye(40)[each])
                - weighted_score(x, y[:, target], fold_of, held_out.penalties[:, target], 1 - step * np.eye(40)[each])
            )
            / (2 * step)
            for each in range(40)
        ]
        np.testing.assert_allclose(found[:, target], expected, atol=2e-6)


def test_a_single_targets_interval_is_fishers_where_training_moves_nothing():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((2000, 1))
    predictions = responses + rng.standard_normal((2000, 1))
    found = fitted(responses, predictions, np.zeros(2000, dtype=np.int64), draws=4000)
    z = np.arctanh(pearsonr(predictions[:, 0], responses[:, 0])[0])
    expected = np.tanh(z + np.array([-1, 1]) * 1.96 / np.sqrt(2000))
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected), abs=2e-3)


def test_stimuli_of_a_group_are_drawn_together():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((60, 3))
    predictions = responses + rng.standard_normal((60, 3))
    fold_of = np.arange(60) % 4
    alone = fitted(responses, predictions, fold_of)
    copies = np.repeat(np.arange(60), 4)
    copied = fitted(responses[copies], predictions[copies], fold_of[copies], units=copies)
    assert copied.value == pytest.approx(alone.value)
    assert copied.draws.stimulus_freedom == alone.draws.stimulus_freedom == 56
    np.testing.assert_allclose(copied.draws.deviations, alone.draws.deviations, atol=1e-5)


def test_unscored_targets_are_left_out_and_none_scored_is_undefined():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((50, 3))
    predictions = responses + rng.standard_normal((50, 3))
    fold_of = np.arange(50) % 5
    responses[:, 1] = 2.0
    found = fitted(responses, predictions, fold_of)
    without = fitted(responses[:, [0, 2]], predictions[:, [0, 2]], fold_of)
    assert found.value == without.value
    assert found.interval == without.interval
    nothing = fitted(responses[:, [1]], predictions[:, [1]], fold_of)
    assert np.isnan([nothing.value, nothing.interval.low, nothing.interval.high]).all()


def simulated(rng: np.random.Generator, stimuli: int, targets: int) -> tuple[ndarray, ndarray]:
    features = rng.standard_normal((stimuli, 10))
    truth = np.random.default_rng(0).standard_normal((10, targets)) * np.sqrt(0.05)
    return features, features @ truth + np.sqrt(0.5) * rng.standard_normal((stimuli, targets))


# Ten features for 120 stimuli, which all targets share, are a limit that is known: .92 (docs/decisions/uncertainty.md).
@pytest.mark.parametrize(("stimuli", "targets", "least"), [(60, 1, 0.93), (120, 25, 0.92)])
def test_95_percent_intervals_cover_the_score_of_other_stimuli(stimuli, targets, least):
    rng = np.random.default_rng(20261127)
    values, bounds = [], []
    for number in range(400):
        x, y = simulated(rng, stimuli, targets)
        fold_of = assign_folds(stimuli, folds=5, rng=np.random.default_rng(number))
        held_out = ridge(x, y, fold_of=fold_of, penalties=np.logspace(-1, 3, 9), slope=r_slope)
        found = median_correlation(
            held_out.predictions,
            y,
            fold_of=fold_of,
            influence=held_out.influence,
            rng=rng,
            units=np.arange(stimuli),
            draws=200,
        )
        values.append(found.value)
        bounds.append((found.interval.low, found.interval.high))
    low, high = np.array(bounds).T
    assert least <= ((low <= np.mean(values)) & (np.mean(values) <= high)).mean() <= 0.98
