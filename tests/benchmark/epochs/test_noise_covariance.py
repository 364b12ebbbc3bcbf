"""The covariance of channels, by scikit-learn's of each stimulus at each time."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from brainrank.benchmark.epochs.noise_covariance import noise_covariance, whitening


def of_one(patterns: np.ndarray) -> np.ndarray:
    scale = patterns.std(axis=0)
    shrunk, _ = ledoit_wolf((patterns - patterns.mean(axis=0)) / scale)
    return scale[:, None] * shrunk * scale


@pytest.mark.parametrize("counts", [(6, 6, 6), (4, 7, 5), (30, 2, 30)])
def test_it_is_the_mean_of_scikit_learns(counts):
    rng = np.random.default_rng(sum(counts))
    mixing = rng.standard_normal((5, 5)) * np.array([1, 10, 1e-3, 1, 1])
    stimulus_of = rng.permutation(np.repeat(np.arange(3), counts))
    trials = np.einsum("nct,cd->ndt", rng.standard_normal((len(stimulus_of), 5, 4)), mixing)
    wanted = np.mean([of_one(trials[stimulus_of == s, :, t]) for s in range(3) for t in range(4)], axis=0)
    np.testing.assert_allclose(noise_covariance(trials, stimulus_of), wanted, rtol=1e-10)


def test_what_stimuli_evoke_is_no_noise():
    rng = np.random.default_rng(0)
    stimulus_of = np.repeat(np.arange(4), 5)
    noise = rng.standard_normal((20, 3, 2))
    evoked = rng.standard_normal((4, 3, 2)) * 100
    found = noise_covariance(noise + evoked[stimulus_of], stimulus_of)
    np.testing.assert_allclose(found, noise_covariance(noise, stimulus_of), rtol=1e-9)


def test_whitened_noise_has_unit_variance_and_a_dead_channel_stays_dead():
    rng = np.random.default_rng(1)
    stimulus_of = np.repeat(np.arange(10), 40)
    trials = np.einsum("nct,cd->ndt", rng.standard_normal((400, 4, 5)), rng.standard_normal((4, 4)))
    trials[:, 2] = 0
    covariance = noise_covariance(trials, stimulus_of)
    root = whitening(covariance)
    np.testing.assert_array_equal(root[2], 0)
    np.testing.assert_allclose(root @ covariance @ root, np.diag([1.0, 1, 0, 1]), atol=1e-9)
