"""Training stimuli left out with their units: against fits without them, one by one."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from brainrank.benchmark.metrics.regression.ridge import fold_fits, held_out, ridge, ridge_from_gram
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.metrics.regression.spectrum import GramSpace, gram_matrix, space_of_features

N, TARGETS, FOLDS = 40, 4, 4


def study(width: int, *, grouped: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(width)
    x, units = rng.standard_normal((N, width)), np.arange(N)
    if grouped:
        units = np.repeat(np.arange(N // 2), 2)
        units[:3] = 0  # of three, two and one stimuli
        x = x[units] + 0.1 * x
    y = x[:, :3] @ rng.standard_normal((3, TARGETS)) + rng.standard_normal((N, TARGETS))
    return x, y, units, units % FOLDS


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("width", [6, 100])
@pytest.mark.parametrize("selection", ["loo", "gcv", "likelihood", "cv"])
def test_it_is_the_r_of_predictions_by_fits_without_the_unit(width: int, grouped: bool, selection: str) -> None:
    x, y, units, fold_of = study(width, grouped=grouped)
    fits = fold_fits(space_of_features(x), y, fold_of=fold_of, selection=Selection(selection), unit_of=units)
    found = held_out([fit() for fit in fits])
    plain = ridge(x, y, fold_of=fold_of, selection=Selection(selection))
    np.testing.assert_array_equal(found.predictions, plain.predictions)
    assert np.isnan(plain.left_out).all()
    for fold in range(FOLDS):
        train = np.flatnonzero(fold_of != fold)
        for target in range(TARGETS):
            predicted = np.empty(N)
            for unit in np.unique(units[train]):
                rest, left_out = train[units[train] != unit], train[units[train] == unit]
                model = Ridge(found.penalties[fold, target]).fit(x[rest], y[rest, target])
                # About the mean of all, which leaves out nothing.
                predicted[left_out] = model.predict(x[left_out]) - y[rest, target].mean()
            expected = np.corrcoef(predicted[train], y[train, target])[0, 1]
            assert found.left_out[fold, target] == pytest.approx(expected, abs=1e-6)


def test_without_signal_it_is_zero_on_average() -> None:
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = rng.standard_normal((N, 100)), rng.standard_normal((N, 20))
        fits = fold_fits(GramSpace(gram_matrix(x)), y, fold_of=np.arange(N) % FOLDS, unit_of=np.arange(N))
        found.append(float(np.nanmedian(held_out([fit() for fit in fits]).left_out)))
    assert abs(np.mean(found)) < 0.05


def test_features_and_gram_matrix_agree() -> None:
    x, y, units, fold_of = study(6, grouped=True)
    both = [
        held_out([fit() for fit in fold_fits(space, y, fold_of=fold_of, unit_of=units)])
        for space in (space_of_features(x), GramSpace(gram_matrix(x)))
    ]
    np.testing.assert_allclose(both[0].left_out, both[1].left_out, atol=1e-7)
    np.testing.assert_allclose(both[0].predictions, ridge_from_gram(gram_matrix(x), y, fold_of=fold_of).predictions)


def test_a_target_that_does_not_vary_has_none() -> None:
    x, y, units, fold_of = study(6, grouped=False)
    y[:, 0] = 3.0
    found = held_out([fit() for fit in fold_fits(space_of_features(x), y, fold_of=fold_of, unit_of=units)])
    assert np.isnan(found.left_out[:, 0]).all()
    assert np.isfinite(found.left_out[:, 1:]).all()
