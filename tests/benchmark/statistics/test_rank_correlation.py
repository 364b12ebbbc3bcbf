"""Spearman's correlation over models, as SciPy has it, with an interval that covers."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from brainrank.benchmark.statistics.rank_correlation import rank_correlation


def test_spearman_is_scipys_and_its_interval_holds_it() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 6, 40).astype(float), rng.standard_normal(40)
    y += x
    x[3] = np.nan
    found = rank_correlation(x, y, rng=np.random.default_rng(0))
    kept = np.isfinite(x)
    assert found.rho == pytest.approx(spearmanr(x[kept], y[kept]).statistic)
    assert found.n == 39
    assert found.interval.low < found.rho < found.interval.high


def test_the_interval_covers_as_often_as_it_says() -> None:
    """The true rho of a normal with r = .6 is 6 / pi arcsin(.3) = .582."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(40):
        x = rng.standard_normal(40)
        found = rank_correlation(x, 0.6 * x + 0.8 * rng.standard_normal(40), rng=rng)
        held += found.interval.low < 6 / np.pi * np.arcsin(0.3) < found.interval.high
    assert held >= 33  # 95 % of 40 is 38; fewer than 33 has a chance of 1 in 1,000


@pytest.mark.parametrize(("x", "reason"), [([1.0, 2, 3, 4], "4 models"), ([1.0] * 6, "are equal")])
def test_what_says_nothing_has_no_correlation(x: list[float], reason: str) -> None:
    found = rank_correlation(np.array(x), np.arange(len(x)).astype(float), rng=np.random.default_rng(0))
    assert np.isnan(found.rho)
    assert reason in found.reason
