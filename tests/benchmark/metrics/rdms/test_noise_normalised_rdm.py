"""rsatoolbox does the work; docs/conventions.md#dissimilarities, written out in loops, is the oracle."""

import itertools

import numpy as np
import pytest

from brainrank.benchmark.metrics.rdms.noise_normalised_rdm import crossnobis_rdm
from brainrank.benchmark.types.errors import InvalidDataError

RNG = np.random.default_rng(5)
FOLDS, STIMULI, CHANNELS = 4, 6, 9


def precision() -> np.ndarray:
    noise = RNG.standard_normal((200, CHANNELS)) @ RNG.standard_normal((CHANNELS, CHANNELS))
    return np.linalg.inv(np.cov(noise.T))


def test_crossnobis_leaves_one_fold_out() -> None:
    patterns, P = RNG.standard_normal((FOLDS, STIMULI, CHANNELS)), precision()
    expected = []
    for i, j in itertools.combinations(range(STIMULI), 2):
        difference = patterns[:, i] - patterns[:, j]
        others = [np.delete(difference, fold, axis=0).mean(axis=0) for fold in range(FOLDS)]
        expected.append(np.mean([others[f] @ P @ difference[f] for f in range(FOLDS)]) / CHANNELS)
    np.testing.assert_allclose(crossnobis_rdm(patterns, P), expected, rtol=1e-10)


def test_crossnobis_of_noise_is_zero_on_average() -> None:
    noise = RNG.standard_normal((300, FOLDS, 2, CHANNELS))
    crossed = np.array([crossnobis_rdm(each, np.eye(CHANNELS))[0] for each in noise])
    assert abs(crossed.mean()) < 3 * crossed.std() / np.sqrt(len(crossed))


def test_wrong_shapes_say_what_is_wrong() -> None:
    patterns = RNG.standard_normal((FOLDS, STIMULI, CHANNELS))
    with pytest.raises(InvalidDataError, match=r"shape \(3, 3\) for 9 channels"):
        crossnobis_rdm(patterns, np.eye(3))
    with pytest.raises(InvalidDataError, match="at least 2 independent folds"):
        crossnobis_rdm(patterns[:1], np.eye(CHANNELS))
    with pytest.raises(InvalidDataError, match="NaN"):
        crossnobis_rdm(np.full((2, 3, CHANNELS), np.nan), np.eye(CHANNELS))
