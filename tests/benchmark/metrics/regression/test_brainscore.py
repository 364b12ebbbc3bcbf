import numpy as np
import pytest
from golden import NORMALISED, RAW, RELIABILITY
from scipy.stats import pearsonr
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import StratifiedShuffleSplit

from brainrank.benchmark.metrics.regression.brainscore import (
    half_split_ceiling,
    normalise,
    pls_score,
    stratified_splits,
)
from brainrank.benchmark.types.errors import InvalidDataError


@pytest.mark.parametrize(("convention", "expected"), NORMALISED)
def test_the_worked_example_of_the_conventions(convention, expected):
    assert normalise(RAW, RELIABILITY, convention=convention).value == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("r", "ceiling"), [(np.nan, 0.5), (0.2, 0.0), (0.2, -0.1), (0.2, np.nan)])
def test_no_ceiling_no_normalised_score(r, ceiling):
    found = normalise(r, ceiling, convention="brainscore-2026")
    assert np.isnan(found.value)
    assert found.reason


def test_an_unknown_convention_names_the_known():
    with pytest.raises(InvalidDataError, match="brainscore-2026, brainscore-2025"):
        normalise(0.1, 0.5, convention="brainscore")


def test_score_is_the_mean_of_medians_of_scikit_learns_r():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), 10)
    features = rng.standard_normal((80, 120)) + labels[:, None] * 0.2
    responses = features[:, :6] + rng.standard_normal((80, 6))
    medians = []
    for train, test in StratifiedShuffleSplit(n_splits=10, train_size=0.9, random_state=1).split(features, labels):
        predicted = PLSRegression(25, scale=False).fit(features[train], responses[train]).predict(features[test])
        medians.append(np.median([pearsonr(a, b)[0] for a, b in zip(predicted.T, responses[test].T, strict=True)]))
    found = pls_score(features @ features.T, responses, splits=stratified_splits(80, labels=labels))
    assert found.value == pytest.approx(np.mean(medians), abs=1e-6)
    assert found.r.shape == (10, 6)


def test_splits_without_labels_hold_out_a_tenth():
    splits = stratified_splits(50)
    assert [len(test) for _, test in splits] == [5] * 10


def test_a_label_of_one_stimulus_cannot_be_split():
    with pytest.raises(InvalidDataError, match="merge the rare labels"):
        stratified_splits(50, labels=np.array([1] + [0] * 49))


def test_ceiling_is_the_reliability_of_the_mean():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((4000, 1, 9))
    responses = signal + rng.standard_normal((4000, 10, 9)) * 2
    found = half_split_ceiling(responses, rng=np.random.default_rng(1))
    assert found.value == pytest.approx(1 / (1 + 4 / 10), abs=0.01)
    padded = np.concatenate([responses, np.full((4000, 2, 9), np.nan)], axis=1)
    padded[:5] = np.nan
    assert half_split_ceiling(padded, rng=np.random.default_rng(1)).value == pytest.approx(found.value, abs=0.03)


def test_ceiling_of_identical_repeats_is_one_and_of_one_repeat_undefined():
    signal = np.random.default_rng(0).standard_normal((30, 1, 2))
    assert half_split_ceiling(signal.repeat(4, axis=1), rng=np.random.default_rng(0)).value == pytest.approx(1)
    alone = half_split_ceiling(signal, rng=np.random.default_rng(0))
    assert np.isnan(alone.value)
    assert "at least 2" in alone.reason


def test_constant_targets_are_left_out_of_the_median():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((40, 1, 3)) + rng.standard_normal((40, 4, 3))
    with_constant = np.concatenate([responses, np.ones((40, 4, 1))], axis=2)
    plain = half_split_ceiling(responses, rng=np.random.default_rng(1))
    assert half_split_ceiling(with_constant, rng=np.random.default_rng(1)).value == pytest.approx(plain.value)
    assert "no target varies" in half_split_ceiling(np.ones((40, 4, 1)), rng=rng).reason
