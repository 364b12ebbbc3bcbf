"""The 95 % interval of kappa holds the true kappa in 93 to 97 of 100 simulated pairs of observers."""

import numpy as np

from brainrank.benchmark.metrics.behaviour.error_consistency import all_pairs, error_consistency, resampled_kappa
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import CORRELATION, interval_over_stimuli

PAIRS, TRIALS, DRAWS = 500, 640, 1000


def simulated_pairs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of observers with accuracies of .55 to .85 that share part of their errors, and their true kappas."""
    p, q = rng.uniform(0.55, 0.85, (2, PAIRS))
    expected = p * q + (1 - p) * (1 - q)
    kappa = rng.uniform(0.0, 0.8, PAIRS) * (1 - np.abs(p - q) - expected) / (1 - expected)
    both = (kappa * (1 - expected) + expected - (1 - p - q)) / 2  # share right for both, from o = 1 - p - q + 2 both
    u = rng.random((PAIRS, TRIALS))
    first = u < p[:, None]
    second = (u < both[:, None]) | ((u >= p[:, None]) & (u < (p + q - both)[:, None]))
    return np.concatenate([first, second]), kappa


def test_coverage_of_simulated_pairs() -> None:
    rng = np.random.default_rng(20)
    correct, truth = simulated_pairs(rng)
    pairs = np.stack([np.arange(PAIRS), np.arange(PAIRS) + PAIRS], axis=1)
    resamples = resampled_kappa(correct, counts=stimulus_counts(TRIALS, draws=DRAWS, rng=rng), pairs=pairs)
    whole = error_consistency(correct).kappa[pairs[:, 0], pairs[:, 1]]
    intervals = [
        interval_over_stimuli(float(whole[i]), resamples[:, i], n_stimuli=TRIALS, support=CORRELATION)
        for i in range(PAIRS)
    ]
    inside = np.array([interval.low <= truth[i] <= interval.high for i, interval in enumerate(intervals)])
    assert abs((whole - truth).mean()) < 0.005
    assert 0.93 <= inside.mean() <= 0.97


def test_intervals_of_independent_observers_hold_zero() -> None:
    rng = np.random.default_rng(3)
    correct = rng.random((20, TRIALS)) < rng.uniform(0.4, 0.9, (20, 1))
    pairs = all_pairs(20)
    resamples = resampled_kappa(correct, counts=stimulus_counts(TRIALS, draws=DRAWS, rng=rng), pairs=pairs)
    whole = error_consistency(correct).kappa[pairs[:, 0], pairs[:, 1]]
    intervals = [
        interval_over_stimuli(float(whole[i]), resamples[:, i], n_stimuli=TRIALS, support=CORRELATION)
        for i in range(len(pairs))
    ]
    assert np.mean([interval.low <= 0 <= interval.high for interval in intervals]) > 0.9
