import numpy as np
import pytest
from scipy.stats import linregress

from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits
from brainrank.benchmark.metrics.regression.one_to_one import one_to_one
from brainrank.benchmark.metrics.regression.reverse import reverse_ridge
from brainrank.benchmark.metrics.regression.ridge import ridge
from brainrank.benchmark.metrics.regression.scores import target_scores

FOLDS = assign_folds(60, folds=4, rng=np.random.default_rng(0))


def test_it_is_the_brute_force_choice():
    rng = np.random.default_rng(1)
    features = rng.standard_normal((60, 30))
    responses = features[:, :5] + rng.standard_normal((60, 5)) + 4
    found = one_to_one(features, responses, fold_of=FOLDS, targets_per_block=2)
    for fold, (train, test) in enumerate(fold_splits(FOLDS)):
        for target in range(5):
            lines = [linregress(x[train], responses[train, target]) for x in features.T]
            best = int(np.argmax([line.rvalue for line in lines]))
            assert found.chosen[fold, target] == best
            expected = lines[best].intercept + lines[best].slope * features[test, best]
            np.testing.assert_allclose(found.predictions[test, target], expected)


def test_a_copied_feature_is_found_and_a_reversed_one_is_not():
    rng = np.random.default_rng(2)
    features = rng.standard_normal((60, 8)) * 5 + 3
    responses = np.column_stack([2 * features[:, 6] - 1, features[:, 2]])
    found = one_to_one(features, responses, fold_of=FOLDS)
    assert (found.chosen == [[6, 2]]).all()
    assert target_scores(found.predictions, responses, fold_of=FOLDS).r == pytest.approx([1, 1])
    assert (one_to_one(-features[:, [6]], responses, fold_of=FOLDS).chosen[:, 0] == -1).all()


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_constant_features_choose_nothing_and_predict_the_mean(value):
    responses = np.random.default_rng(3).standard_normal((60, 2))
    found = one_to_one(np.full((60, 4), value), responses, fold_of=FOLDS)
    assert (found.chosen == -1).all()
    assert np.isnan(target_scores(found.predictions, responses, fold_of=FOLDS).r).all()


def test_the_reverse_direction_exchanges_the_two():
    rng = np.random.default_rng(4)
    features, responses = rng.standard_normal((60, 90)), rng.standard_normal((60, 7))
    forward = ridge(responses, features, fold_of=FOLDS)
    np.testing.assert_allclose(
        reverse_ridge(features, responses, fold_of=FOLDS, features_per_block=11).predictions,
        forward.predictions,
        atol=1e-9,
    )
