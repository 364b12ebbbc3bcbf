"""The latent correlation against SciPy's bivariate normal distribution, and from simulated observers."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from brainrank.benchmark.metrics.behaviour.error_consistency import PairCounts
from brainrank.benchmark.metrics.behaviour.latent_correlation import (
    both_right,
    latent_correlation,
    log_odds_ratio,
    odds_terms,
)


def table(r: float, first: float, second: float) -> float:
    """The share that both have right, by SciPy."""
    limits = norm.ppf([first, second])
    return float(multivariate_normal.cdf(limits, cov=[[1, r], [r, 1]], abseps=1e-10, releps=1e-10))


def log_odds(both: float, first: float, second: float) -> float:
    return float(np.log(both * (1 - first - second + both) / ((first - both) * (second - both))))


@pytest.mark.parametrize("r", [-0.6, -0.4, 0.0, 0.2, 0.6, 0.95])
@pytest.mark.parametrize(("first", "second"), [(0.5, 0.5), (0.25, 0.82), (0.9, 0.95), (0.05, 0.4)])
def test_is_the_correlation_of_the_normal_distribution(r: float, first: float, second: float) -> None:
    both = table(r, first, second)
    odds = log_odds(both, first, second)
    assert both_right(np.array(np.exp(odds)), np.array(first), np.array(second)) == pytest.approx(both)
    found = latent_correlation(np.array([odds]), np.array([first]), np.array([second]))
    assert found.r == pytest.approx(r, abs=1e-6)
    ends = [
        latent_correlation(np.array([odds + step]), np.array([first]), np.array([second])).r[0]
        for step in (-1e-4, 1e-4)
    ]
    assert found.slope == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-4)


def test_undefined_where_somebody_never_errs_or_always() -> None:
    found = latent_correlation(np.ones(3), np.array([1.0, 0.5, np.nan]), np.array([0.5, 0.0, 0.5]))
    assert np.isnan(found.r).all()
    assert np.isnan(found.slope).all()


def test_an_empty_cell_leaves_an_odds_ratio() -> None:
    assert np.isfinite(log_odds_ratio(np.array([0.0, 9.0]), np.array([9.0, 0.0]))).all()
    assert log_odds_ratio(np.zeros(1), np.zeros(1)) == 0


def test_many_pairs_of_few_trials_have_the_odds_ratio_of_one_pair_of_many() -> None:
    """Of 12 trials a pair, as the youngest have: the mean of single pairs' odds ratios would be far above."""
    rng, r, trials = np.random.default_rng(0), 0.5, 12
    first, second = 0.4, 0.7
    chol = np.linalg.cholesky([[1, r], [r, 1]])
    latent = rng.standard_normal((4000, trials, 2)) @ chol.T
    a, b = latent[..., 0] < norm.ppf(first), latent[..., 1] < norm.ppf(second)
    counts = [each.sum(axis=1).astype(float) for each in (np.ones_like(a), a, b, a & b)]
    terms = odds_terms(PairCounts(*counts))
    found = log_odds_ratio(*(each.sum(keepdims=True) for each in terms[:2]))
    assert found == pytest.approx(log_odds(table(r, first, second), first, second), abs=0.06)
    assert terms.trials.sum() == a.size
