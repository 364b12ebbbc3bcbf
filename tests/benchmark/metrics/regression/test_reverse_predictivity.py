"""Predictivity both ways: as scikit-learn has it from all units, 0 of noise, intervals that hold."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score

from brainrank.benchmark.metrics.regression.interval import counts_within_folds
from brainrank.benchmark.metrics.regression.quantity_intervals import Drawn, estimate_quantity
from brainrank.benchmark.metrics.regression.reverse_predictivity import TwoWay, two_way_predictivity
from brainrank.benchmark.metrics.regression.ridge import default_penalties
from brainrank.benchmark.types.errors import InvalidDataError

Reals = NDArray[np.float64]
FORWARD, REVERSE, FEW_FORWARD, FEW_REVERSE = range(4)


def world(
    n: int, *, shared: int, seed: int, noise: float = 1.0, units: int = 60
) -> tuple[Reals, Reals, NDArray[np.int_]]:
    """Units and eight targets that have `shared` dimensions in common, mixed as in every other world."""
    rng, mixing = np.random.default_rng(seed), np.random.default_rng(1)
    common = rng.standard_normal((n, shared))
    features = common @ mixing.standard_normal((shared, units)) + rng.standard_normal((n, units)) / np.arange(
        1, units + 1
    )
    responses = common @ mixing.standard_normal((shared, 8)) + noise * rng.standard_normal((n, 8))
    return features, responses, rng.permutation(np.arange(n) % 5)


def both_ways(features: Reals, responses: Reals, fold_of: NDArray[np.int_]) -> TwoWay:
    return two_way_predictivity([features @ features.T] * 5, responses, fold_of=fold_of)


def by_sklearn(predictors: Reals, targets: Reals, fold_of: NDArray[np.int_]) -> float:
    """One penalty for all targets, by leave-one-out; R2 of all variance together, about the means of folds."""
    penalties = default_penalties(float((predictors**2).sum()), len(predictors))[::2]
    predicted, measured = np.empty_like(targets), np.empty_like(targets)
    for fold in np.unique(fold_of):
        train, test = fold_of != fold, fold_of == fold
        found = RidgeCV(alphas=penalties).fit(predictors[train], targets[train]).predict(predictors[test])
        predicted[test] = found - found.mean(axis=0)
        measured[test] = targets[test] - targets[test].mean(axis=0)
    return float(r2_score(measured.ravel(), predicted.ravel(), force_finite=False))


def test_it_is_ridge_of_all_units_and_of_their_principal_components() -> None:
    features, responses, fold_of = world(60, shared=4, seed=0)
    found = both_ways(features + 5, responses * 3 - 7, fold_of).r2.values  # neither means nor units matter
    about = features - features.mean(axis=0)
    standardised = (responses - responses.mean(axis=0)) / responses.std(axis=0)
    left, scale, _ = np.linalg.svd(about, full_matrices=False)
    few = (left * scale)[:, :8]
    assert found[FORWARD] == pytest.approx(by_sklearn(about, standardised, fold_of), abs=1e-6)
    assert found[REVERSE] == pytest.approx(by_sklearn(standardised, about, fold_of), abs=1e-6)
    assert found[FEW_FORWARD] == pytest.approx(by_sklearn(few, standardised, fold_of), abs=1e-6)
    assert found[FEW_REVERSE] == pytest.approx(by_sklearn(standardised, few, fold_of), abs=1e-6)


def test_rotated_units_are_the_same_units() -> None:
    features, responses, fold_of = world(40, shared=3, seed=1)
    rotation = np.linalg.qr(np.random.default_rng(2).standard_normal((60, 60)))[0]
    one, other = both_ways(features, responses, fold_of), both_ways(features @ rotation, responses, fold_of)
    np.testing.assert_allclose(one.r2.values, other.r2.values, atol=1e-8)
    np.testing.assert_allclose(one.dimensions, other.dimensions)
    assert one.components == 8


@pytest.mark.parametrize(("n", "shared", "noise"), [(40, 0, 1.0), (40, 4, 2.0)])
def test_intervals_hold_what_other_stimuli_would_give(n: int, shared: int, noise: float) -> None:
    values, low, high = [], [], []
    for seed in range(40):
        features, responses, fold_of = world(n, shared=shared, seed=seed, noise=noise)
        found = both_ways(features, responses, fold_of).r2
        counts = counts_within_folds(fold_of, np.arange(n), 200, np.random.default_rng(seed))
        estimates = estimate_quantity(found, Drawn(counts, n, 5)).targets
        values.append(found.values)
        low.append([each.interval.low for each in estimates])
        high.append([each.interval.high for each in estimates])
    expected = np.mean(values, axis=0)
    if shared == 0:
        assert (expected < 0.005).all()
        assert (expected > -0.03).all()  # a penalty chosen on noise costs a little
        assert (np.array(low) > 0).mean() <= 0.02
    else:
        held = ((np.array(low) <= expected) & (expected <= np.array(high))).mean(axis=0)
        assert (held >= 0.86).all()


def test_a_layer_with_much_of_its_own_is_predicted_less_and_predicts_as_much() -> None:
    features, responses, fold_of = world(80, shared=4, seed=3)
    own = 4 * np.random.default_rng(4).standard_normal((80, 60))
    with_own = both_ways(np.hstack([features, own]), responses, fold_of).r2.values
    without = both_ways(features, responses, fold_of).r2.values
    assert with_own[REVERSE] < 0.5 * without[REVERSE]
    assert with_own[FORWARD] > 0.6 * without[FORWARD]


def test_what_does_not_vary_is_refused() -> None:
    features, responses, fold_of = world(20, shared=2, seed=5)
    with pytest.raises(InvalidDataError, match="The layer does not vary over the stimuli"):
        both_ways(np.ones_like(features), responses, fold_of)
    with pytest.raises(InvalidDataError, match="No target varies over the stimuli"):
        both_ways(features, np.ones_like(responses), fold_of)
    with pytest.raises(InvalidDataError, match="4 stimuli are in no fold"):
        both_ways(features, responses, np.where(fold_of == 0, -1, fold_of))
    one_is_constant = np.where(np.arange(8) == 2, 4.2, responses)
    assert both_ways(features, one_is_constant, fold_of).components == 7
