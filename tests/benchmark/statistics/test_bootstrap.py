import numpy as np
import pytest
from scipy.stats import sem

from brainrank.benchmark.metrics.cka import linear_cka
from brainrank.benchmark.metrics.comparators import Comparator, compare
from brainrank.benchmark.metrics.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.bootstrap import bootstrap, of_gram_matrices


def test_a_mean_over_stimuli_has_the_textbook_interval():
    values = np.random.default_rng(0).normal(size=200)
    result = bootstrap(lambda counts: counts @ values / 200, 200, draws=4000, rng=np.random.default_rng(1))
    assert result.estimate == pytest.approx(values.mean())
    half = (result.interval.high - result.interval.low) / 2
    assert half == pytest.approx(1.96 * sem(values), rel=0.05)


def test_rsa_and_cka_through_the_same_interface():
    rng = np.random.default_rng(0)
    models, subjects = rng.random((1, 66)), rng.random((3, 66))

    def rsa(counts):
        return compare_resampled(models, subjects, counts, Comparator.CORR).mean(axis=(1, 2))

    result = bootstrap(rsa, 12, draws=200, rng=np.random.default_rng(1))
    assert result.estimate == pytest.approx(compare(models, subjects, Comparator.CORR).mean())
    x = rng.normal(size=(12, 5))
    first, second = x @ x.T, x[:, :3] @ x[:, :3].T
    statistic = of_gram_matrices(lambda k, m: linear_cka(k, m).value, first, second)
    aligned = bootstrap(statistic, 12, draws=200, rng=np.random.default_rng(1))
    assert aligned.estimate == pytest.approx(linear_cka(first, second).value)
    assert aligned.resamples.shape == (200,)
    assert aligned.interval.low < aligned.interval.high
